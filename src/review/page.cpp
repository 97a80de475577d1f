#include "review/page.h"

namespace paucal::review {

std::optional<http::Response> page_response(const http::Request& request) {
  if (request.method != "GET" || request.path.size() > 1) return std::nullopt;
  const std::string_view name = request.path.empty() ? std::string_view() : request.path[0];
  for (const PageFile& file : page_files()) {
    if (file.name != name) continue;
    http::Response response;
    response.content_type = file.content_type;
    response.body = file.bytes;
    response.may_compress = true;
    // A name with a hash never means anything else; the page itself is asked for each time.
    const bool fixed = !file.name.empty();
    response.fields.push_back(
        {"Cache-Control", fixed ? "public, max-age=31536000, immutable" : "no-cache"});
    return response;
  }
  return std::nullopt;
}

}  // namespace paucal::review
