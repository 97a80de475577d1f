#include "base/text.h"

#include <cstdint>

namespace paucal {
namespace {

uint8_t byte_at(std::string_view text, size_t at) {
  return at < text.size() ? static_cast<uint8_t>(text[at]) : 0;
}

// U+EF80 to U+EFFF are EE BE 80 to EE BF BF.
bool is_escape(std::string_view text, size_t at) {
  return byte_at(text, at) == 0xEE && (byte_at(text, at + 1) & 0xFE) == 0xBE &&
         (byte_at(text, at + 2) & 0xC0) == 0x80;
}

}  // namespace

size_t utf8_length(std::string_view text, size_t at) {
  const uint8_t first = byte_at(text, at), second = byte_at(text, at + 1);
  if (at >= text.size()) return 0;
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  const size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  for (size_t i = 1; i < length; ++i)
    if ((byte_at(text, at + i) & 0xC0) != 0x80) return 0;
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool surrogate = first == 0xED && second > 0x9F;
  const bool beyond = first == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

bool is_utf8(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string_view cut_text(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto goes_on = [&](size_t at) { return (byte_at(text, at) & 0xC0) == 0x80; };
  size_t end = bytes;
  while (end > 0 && bytes - end < 4 && goes_on(end)) --end;
  return text.substr(0, goes_on(end) ? bytes : end);  // what is no UTF-8 has no borders
}

std::string escape_bytes(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = is_escape(bytes, at) ? 0 : utf8_length(bytes, at);
    if (length > 0) {
      text += bytes.substr(at, length);
      at += length;
    } else {
      const uint8_t byte = byte_at(bytes, at++);
      text += '\xEE';
      text += static_cast<char>(byte < 0xC0 ? 0xBE : 0xBF);
      text += static_cast<char>(0x80 | (byte & 0x3F));
    }
  }
  return text;
}

std::string unescape_bytes(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    if (is_escape(text, at)) {
      bytes += static_cast<char>((text[at + 1] & 1) << 6 | 0x80 | (text[at + 2] & 0x3F));
      at += 3;
    } else {
      bytes += text[at++];
    }
  }
  return bytes;
}

std::string printable(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = utf8_length(bytes, at);
    if (length > 0) {
      text += bytes.substr(at, length);
      at += length;
    } else {
      const uint8_t byte = byte_at(bytes, at++);
      text += "\\x";
      text += kDigits[byte >> 4];
      text += kDigits[byte & 15];
    }
  }
  return text;
}

}  // namespace paucal
