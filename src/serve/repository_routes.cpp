// POST of the repository: index, load, unload, rollback.

#include <charconv>

#include "base/json_text.h"
#include "serve/call.h"
#include "serve/model_json.h"

namespace paucal::serve {
namespace {

constexpr std::size_t kMaxRepositoryBody = 64 << 10;

// {} where the body is empty, as Python's client sends it.
Checked<Json> body_object(const http::Request& request) {
  if (request.body.empty()) return Json::object();
  if (request.body.size() > kMaxRepositoryBody)
    return problem(400, "repository", "{} bytes, expected at most {}", request.body.size(),
                   kMaxRepositoryBody);
  auto json = parse_json(request.body, "request");
  if (!json.ok()) return problem(400, json.failure().place, "{}", json.failure().message);
  if (!json->is_object()) return problem(400, "repository", "no object, expected one or nothing");
  return std::move(*json);
}

Checked<std::optional<int>> version_asked(const Json& version) {
  std::string text;
  if (version.is_string()) text = version.get<std::string>();
  if (version.is_number_unsigned()) text = std::to_string(version.get<std::uint64_t>());
  int number = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || at != text.data() + text.size() || number < 0)
    return problem(400, "load", "parameter 'version': expected a number from 0 on");
  return std::optional(number);
}

// What `load` asks for: a version, or none. Files and configurations do not come by the network.
Checked<std::optional<int>> load_asked(const Json& body) {
  const auto parameters = body.find("parameters");
  std::optional<int> version;
  if (parameters == body.end() || parameters->is_null()) return version;
  if (!parameters->is_object()) return problem(400, "load", "'parameters': expected an object");
  for (const auto& [name, value] : parameters->items()) {
    if (name == "config" || name.starts_with("file:"))
      return problem(400, "load", "parameter '{}': expected files in the server's folder of models",
                     name);
    if (name != "version") continue;
    auto asked = version_asked(value);
    if (auto* wrong = std::get_if<Problem>(&asked)) return std::move(*wrong);
    version = std::get<std::optional<int>>(asked);
  }
  return version;
}

// 200 without a body once it is done.
Engine::Changed answer_changed(const Reply& reply) {
  return [reply](std::optional<Refused> refused) {
    if (refused) return reply(*refused);
    reply(http::Response{});
  };
}

// Whether the body may stand; else the reply has gone out.
bool body_is_sound(const Call& call) {
  const auto body = body_object(call.request);
  if (const auto* wrong = std::get_if<Problem>(&body)) call.reply(*wrong);
  return std::holds_alternative<Json>(body);
}

}  // namespace

void answer_index(Call call) {
  const auto body = body_object(call.request);
  if (const auto* wrong = std::get_if<Problem>(&body)) return call.reply(*wrong);
  const Json& json = std::get<Json>(body);
  bool ready_alone = false;
  if (const auto ready = json.find("ready"); ready != json.end()) {
    if (!ready->is_boolean())
      return call.reply(problem(400, "repository", "'ready': expected true or false"));
    ready_alone = ready->get<bool>();
  }
  call.reply(json_response(200, dump_json(index_json(call.engine.index(), ready_alone))));
}

void answer_load(Call call) {
  const auto body = body_object(call.request);
  if (const auto* wrong = std::get_if<Problem>(&body)) return call.reply(*wrong);
  const auto version = load_asked(std::get<Json>(body));
  if (const auto* wrong = std::get_if<Problem>(&version)) return call.reply(*wrong);
  call.engine.load(call.model, std::get<std::optional<int>>(version), answer_changed(call.reply));
}

void answer_unload(Call call) {
  if (body_is_sound(call)) call.engine.unload(call.model, answer_changed(call.reply));
}

void answer_rollback(Call call) {
  if (body_is_sound(call)) call.engine.rollback(call.model, answer_changed(call.reply));
}

}  // namespace paucal::serve
