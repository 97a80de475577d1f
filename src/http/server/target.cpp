#include "http/server/target.h"

namespace paucal::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_space) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+' && plus_is_space) c = ' ';
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return {};
      c = static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (c == '\0') return {};
    decoded += c;
  }
  return decoded;
}

// Calls `take` with what stands between the separators.
template <class Take>
bool each_part(std::string_view text, char separator, const Take& take) {
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    if (!take(text.substr(at, end - at))) return false;
    at = end + 1;
  }
  return true;
}

bool read_path(std::string_view text, Target& target) {
  return each_part(text, '/', [&](std::string_view part) {
    auto segment = percent_decoded(part, /*plus_is_space=*/false);
    if (segment) target.path.push_back(std::move(*segment));
    return segment.has_value();
  });
}

bool read_query(std::string_view text, Target& target) {
  return each_part(text, '&', [&](std::string_view part) {
    if (part.empty()) return true;
    const size_t equals = std::min(part.find('='), part.size());
    auto name = percent_decoded(part.substr(0, equals), true);
    auto value = percent_decoded(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return false;
    target.query.push_back({std::move(*name), std::move(*value)});
    return true;
  });
}

}  // namespace

std::optional<Target> parse_target(std::string_view text) {
  Target target;
  if (text == "*") {
    target.path.emplace_back(text);
    return target;
  }
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with(kScheme)) {
    text.remove_prefix(kScheme.size());
    const size_t end = std::min(text.find_first_of("/?"), text.size());
    target.host = text.substr(0, end);
    text.remove_prefix(end);
    if (target.host.empty()) return {};
  } else if (!text.starts_with('/')) {
    return {};
  }
  const size_t question = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, question);
  if (path.starts_with('/')) path.remove_prefix(1);
  const bool good = read_path(path, target) &&
                    read_query(text.substr(std::min(question + 1, text.size())), target);
  if (!good) return {};
  return target;
}

}  // namespace paucal::http
