#include "serve/routes.h"

#include "base/json_text.h"
#include "base/version.h"
#include "serve/infer_request.h"
#include "serve/route_table.h"
#include "serve/serial.h"

namespace paucal::serve {
namespace {

http::Response no_route(const http::Request& request, const Matched& matched) {
  if (matched.methods.empty())
    return response_of(problem(404, "http", "no such path, expected one of /v2 or /metrics"));
  std::vector<std::string> allowed;
  for (const std::string_view method : matched.methods) {
    allowed.emplace_back(method);
    if (method == "GET") allowed.emplace_back("HEAD");
  }
  const std::string allow = fmt::format("{}", fmt::join(allowed, ", "));
  http::Response response = response_of(
      problem(405, "http", "method {} of this path, expected {}", request.method, allow));
  response.fields.push_back({"Allow", allow});
  return response;
}

// JSON of this size takes milliseconds to read, too long for the thread that all connections share.
constexpr std::size_t kLargeJson = 128 << 10;

struct RoutesState {
  RoutesOptions options;
  Serial reader;  // of large JSON; ends before the options
};

// Told by the digits of its length, where tensors follow it.
bool has_large_json(const Call& call, const Route& route) {
  if (route.answer != answer_infer || call.request.body.size() < kLargeJson) return false;
  const std::string* length = call.request.field(kJsonLengthField);
  return !length || length->size() >= std::to_string(kLargeJson).size();
}

void answer_later(Serial& reader, const Route& route, Call call) {
  const auto shared = std::make_shared<Call>(std::move(call));
  const bool taken = reader.post([shared, answer = route.answer] {
    try {
      answer(std::move(*shared));
    } catch (const std::exception&) {  // the reply that is dropped says 500
    }
  });
  if (!taken)
    shared->reply(Refused{Refusal::kQueueFull, "[infer] too many large requests wait to be read"});
}

}  // namespace

http::Handler make_routes(Engine& engine, RoutesOptions options) {
  const auto state = std::make_shared<RoutesState>();
  state->options = std::move(options);
  if (state->options.version.empty()) state->options.version = paucal::version();
  return [&engine, state](http::Request request, http::Responder responder) {
    Matched matched = match_route(request.method, request.path);
    const Reply reply(std::move(responder), state->options.counts, matched.route);
    if (matched.route == kNoRoute) return reply(no_route(request, matched));
    const Route& route = routes()[matched.route];
    Call call{engine,          state->options, std::move(request), std::move(matched.model),
              matched.version, reply};
    if (has_large_json(call, route)) return answer_later(state->reader, route, std::move(call));
    route.answer(std::move(call));
  };
}

void answer_server(Call call) {
  call.reply(
      json_response(200, dump_json({{"name", call.options.name},
                                    {"version", call.options.version},
                                    {"extensions",
                                     {"binary_tensor_data", "classification", "model_configuration",
                                      "model_repository", "parameters", "statistics"}}})));
}

// With a body: KServe's client reads it, Triton's look at the status alone.
void answer_live(Call call) {
  call.reply(json_response(200, "{\"live\":true}"));
}

void answer_ready(Call call) {
  if (call.engine.ready()) return call.reply(json_response(200, "{\"live\":true,\"ready\":true}"));
  call.reply(json_response(
      503,
      "{\"live\":true,\"ready\":false,\"error\":\"[ready] not all models serve, or the server "
      "stops\"}"));
}

}  // namespace paucal::serve
