#include "serve/authorise.h"

#include "serve/route_table.h"

namespace paucal::serve {
namespace {

http::Response unauthorised(std::string_view message) {
  http::Response response = response_of(problem(401, "auth", "{}", message));
  response.fields.push_back({"WWW-Authenticate", "Bearer realm=\"paucal\""});
  return response;
}

// A path that is not there takes a token, too: which ones are there is not told to strangers.
std::optional<http::Response> check_token(const Tokens& tokens, unsigned scopes,
                                          http::Request& head) {
  const std::string* authorization = head.field("Authorization");
  if (!authorization) return unauthorised("no token, expected 'Authorization: Bearer TOKEN'");
  const auto token = tokens.find(*authorization);
  if (!token) return unauthorised("unknown token, expected one of the server's token file");
  if (scopes != kOpen && (token->scopes & scopes) == 0)
    return response_of(
        problem(403, "auth", "'{}' may not do this, expected another scope", token->name));
  head.principal = token->name;
  return std::nullopt;
}

// A page from elsewhere makes a browser on this machine send requests, too; it says so itself.
std::optional<http::Response> check_place(const http::Request& head) {
  if (head.loopback && !head.field("Origin") && !head.field("Sec-Fetch-Site")) return std::nullopt;
  return response_of(problem(
      403, "auth",
      "models change by programs on the server's own machine, or with --token-file by tokens of "
      "scope models"));
}

}  // namespace

http::Authorise make_authorise(std::shared_ptr<const Tokens> tokens,
                               std::shared_ptr<RequestCounts> counts) {
  return [tokens = std::move(tokens),
          counts = std::move(counts)](http::Request& head) -> std::optional<http::Response> {
    const std::size_t index = match_route(head.method, head.path).route;
    const Route* route = index == kNoRoute ? nullptr : &routes()[index];
    std::optional<http::Response> refused;
    if (tokens) {
      if (!route || route->scopes != kOpen)
        refused = check_token(*tokens, route ? route->scopes : kOpen, head);
    } else if (route && route->changes) {
      refused = check_place(head);
    }
    if (refused) counts->add(index, refused->status);
    return refused;
  };
}

}  // namespace paucal::serve
