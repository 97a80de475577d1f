#include "base/parse_json.h"

#include <algorithm>

#include "base/error.h"

namespace paucal {
namespace {

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

Result<Json> parse_json(std::string_view text, std::string_view origin) {
  if (is_utf16(text))
    return failure("json", "'{}': not text in UTF-8 (UTF-16?): save it as UTF-8", origin);
  if (const int depth = depth_of(text); depth > kMaxJsonDepth)
    return failure("json", "'{}': nested {} levels deep, expected at most {}", origin, depth,
                   kMaxJsonDepth);
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const Json::parse_error& error) {
    return failure("json", "'{}': {}", origin, advice(text, error.byte, error.what()));
  } catch (const Json::exception& error) {
    return failure("json", "'{}': not valid JSON: {}", origin, error.what());
  }
}

}  // namespace paucal
