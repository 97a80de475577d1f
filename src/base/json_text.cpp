#include "base/json_text.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace paucal {
namespace {

using Change = std::string (*)(std::string_view);

// A copy in which every string and key is changed.
Json changed(const Json& json, Change change, int depth) {
  if (depth > kMaxJsonDepth)
    fail("json", "nested too deeply, expected at most {} levels", kMaxJsonDepth);
  if (json.is_string()) return change(json.get_ref<const std::string&>());
  if (json.is_array()) {
    Json items = Json::array();
    for (const Json& item : json) items.push_back(changed(item, change, depth + 1));
    return items;
  }
  if (!json.is_object()) return json;
  Json members = Json::object();
  for (const auto& [key, value] : json.items())
    members[change(key)] = changed(value, change, depth + 1);
  return members;
}

// Whether the text may hold U+EF80 to U+EFFF, as bytes or as \uef…
bool may_hold_escapes(std::string_view text) {
  for (const std::string_view sign : {"\xEE\xBE", "\xEE\xBF", "\\ue", "\\uE"})
    if (text.find(sign) != text.npos) return true;
  return false;
}

// The most brackets that are open at once. Up to the first error it sees the tokens of the parser.
int depth_of(std::string_view text) {
  int depth = 0, most = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      if (c == '\\') ++i;
      if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      most = std::max(most, ++depth);
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return most;
}

bool is_utf16(std::string_view text) {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF") ||
         text.substr(0, 4).find('\0') != text.npos;
}

// What the parser's error at `byte` (from 1) means to a person.
std::string advice(std::string_view text, size_t byte, std::string_view error) {
  const std::string_view rest = text.substr(std::min(byte > 0 ? byte - 1 : 0, text.size()));
  for (const std::string_view word : {"NaN", "Infinity"})
    if (rest.starts_with(word))
      return fmt::format(
          "not valid JSON: {} at byte {} (Python writes it), expected a number or "
          "null",
          word, byte);
  if (error.find("ill-formed UTF-8") != error.npos)
    return fmt::format("not text in UTF-8 at byte {} (GBK?): save it as UTF-8", byte);
  return fmt::format("not valid JSON: {}", error);
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

Result<Json> parse_json(std::string_view text, std::string_view origin) {
  if (is_utf16(text))
    return failure("json", "'{}': not text in UTF-8 (UTF-16?): save it as UTF-8", origin);
  if (const int depth = depth_of(text); depth > kMaxJsonDepth)
    return failure("json", "'{}': nested {} levels deep, expected at most {}", origin, depth,
                   kMaxJsonDepth);
  try {
    Json json = Json::parse(text.begin(), text.end());
    return may_hold_escapes(text) ? unescape_names(std::move(json)) : json;
  } catch (const Json::parse_error& error) {
    return failure("json", "'{}': {}", origin, advice(text, error.byte, error.what()));
  } catch (const Json::exception& error) {
    return failure("json", "'{}': not valid JSON: {}", origin, error.what());
  }
}

}  // namespace paucal
