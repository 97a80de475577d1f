#include "report/html.h"

#include "base/text.h"

namespace paucal::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_length(text, i);
    const char c = text[i];
    if (length > 1) {
      out += text.substr(i, length);
    } else if (length == 0) {  // names that differ must not look the same
      out += printable(text.substr(i, 1));
    } else if (c == 0x7F || (static_cast<uint8_t>(c) < 0x20 && c != '\n' && c != '\t')) {
      out += kReplacement;
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\'') {
      out += "&#39;";
    } else {
      out += c;
    }
    i += std::max<size_t>(length, 1);
  }
  return out;
}

std::string shorten(std::string_view text, size_t length) {
  size_t at = 0, last = 0;
  for (size_t count = 0; at < text.size(); ++count) {
    if (count == length) return std::string(text.substr(0, last)) + "…";
    last = at;
    at += std::max<size_t>(1, utf8_length(text, at));
  }
  return std::string(text);
}

}  // namespace paucal::report
