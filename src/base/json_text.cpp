#include "base/json_text.h"

#include "base/error.h"
#include "base/text.h"

namespace paucal {
namespace {

constexpr int kMaxDepth = 200;  // of hostile text

using Change = std::string (*)(std::string_view);

// A copy in which every string and key is changed.
Json changed(const Json& json, Change change, int depth) {
  if (depth > kMaxDepth)
    fail("json", "nested too deeply, expected at most {} levels", kMaxDepth);
  if (json.is_string()) return change(json.get_ref<const std::string&>());
  if (json.is_array()) {
    Json items = Json::array();
    for (const Json& item : json) items.push_back(changed(item, change, depth + 1));
    return items;
  }
  if (!json.is_object()) return json;
  Json members = Json::object();
  for (const auto& [key, value] : json.items()) members[change(key)] = changed(value, change, depth + 1);
  return members;
}

// Whether the text may hold U+EF80 to U+EFFF, as bytes or as \uef…
bool may_hold_escapes(std::string_view text) {
  for (const std::string_view sign : {"\xEE\xBE", "\xEE\xBF", "\\ue", "\\uE"})
    if (text.find(sign) != text.npos) return true;
  return false;
}

}  // namespace

std::string dump_json(const Json& json, int indent) {
  // What is not UTF-8 is replaced by U+FFFD here: a sign that names must be escaped. A text without
  // it and without escapes is what it would be anyway; nearly all are.
  std::string text = json.dump(indent, ' ', false, Json::error_handler_t::replace);
  const bool plain = text.find("\xEF\xBF\xBD") == text.npos && !may_hold_escapes(text);
  return plain ? text : changed(json, escape_bytes, 0).dump(indent);
}

Json unescape_names(Json json) {
  return changed(json, unescape_bytes, 0);
}

Json parse_json(std::string_view text, bool may_throw) {
  Json json = Json::parse(text.begin(), text.end(), nullptr, may_throw);
  return may_hold_escapes(text) ? unescape_names(std::move(json)) : json;
}

}  // namespace paucal
