#include "review/call.h"

#include <limits>

namespace paucal::review {
namespace {

constexpr size_t kMaxBodyBytes = 1 << 20;

std::optional<int64_t> integer_of(const Json& json) {
  if (json.is_number_unsigned() &&
      json.get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return std::nullopt;
  return json.is_number_integer() ? std::optional(json.get<int64_t>()) : std::nullopt;
}

}  // namespace

http::Response json_answer(const Json& json, int status) {
  http::Response response;
  response.status = status;
  response.content_type = "application/json";
  response.body = dump_json(json);
  response.may_compress = true;
  return response;
}

http::Response refused_answer(const Refusal& refused) {
  Json json = {{"error", refused.message}, {"code", refused.code}};
  if (!refused.state.is_null()) {
    json["conflict"] = true;
    json["state"] = refused.state;
  }
  return json_answer(json, refused.status);
}

std::variant<Json, Refusal> body_of(const http::Request& request, bool array) {
  if (request.body.size() > kMaxBodyBytes)
    return refusal(413, "bad", "[request] body of {} bytes, expected at most {}",
                   request.body.size(), kMaxBodyBytes);
  Result<Json> json = parse_json(request.body, "body");
  if (!json.ok()) return refusal(400, "bad", "[request] {}", json.failure().message);
  if (!json->is_object() && !(array && json->is_array()))
    return refusal(400, "bad", "[request] body is {}, expected an {}", json->type_name(),
                   array ? "array" : "object");
  return std::move(*json);
}

std::optional<int64_t> integer_member(const Json& json, const char* key) {
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find(key);
  return found == json.end() ? std::nullopt : integer_of(*found);
}

std::string string_member(const Json& json, const char* key) {
  if (!json.is_object()) return "";
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<int64_t> integers_member(const Json& json, const char* key) {
  std::vector<int64_t> values;
  if (!json.is_object()) return values;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array()) return values;
  for (const Json& one : *found)
    if (const auto value = integer_of(one)) values.push_back(*value);
  return values;
}

}  // namespace paucal::review
