#include "http/response.h"

#include <fmt/format.h>

#include <charconv>

#include "base/base64.h"
#include "base/files.h"
#include "base/sha256.h"

namespace paucal::http {
namespace {

// Digits and nothing else.
std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

// "HTTP/1.1 206 Partial Content" → 206
int status_of(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) return 0;
  return static_cast<int>(number_of(line.substr(space + 1, 3)).value_or(0));
}

std::string hex_of_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  std::string hex;
  if (bytes)
    for (const uint8_t byte : *bytes) hex += fmt::format("{:02x}", byte);
  return is_sha256(hex) ? hex : "";
}

// Of a list "unixsum=30637, SHA-256=base64" or "sha-256=:base64:, sha-512=:…:".
std::string sha256_of_list(std::string_view list) {
  constexpr std::string_view kName = "sha-256=";
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    std::string_view item = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (!lower(item).starts_with(kName)) continue;
    item.remove_prefix(kName.size());
    if (item.size() >= 2 && item.front() == ':' && item.back() == ':')
      item = item.substr(1, item.size() - 2);
    return hex_of_base64(item);
  }
  return {};
}

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    return text.substr(1, text.size() - 2);
  return text;
}

// It goes back to the server as a header, so it must be one quoted text.
std::string strong_etag(std::string_view text) {
  constexpr size_t kMost = 200;
  const bool quoted =
      text.size() > 2 && text.size() <= kMost && text.front() == '"' && text.back() == '"';
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') return {};
  return quoted ? std::string(text) : "";
}

// "bytes 100-199/200", "bytes 100-199/*", "bytes */200"
void read_range(std::string_view text, ResponseHead& response) {
  if (!lower(text).starts_with("bytes ")) return;
  text = trim(text.substr(6));
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return;
  response.total = number_of(text.substr(slash + 1));
  response.begin = number_of(text.substr(0, std::min(text.find('-'), slash)));
}

}  // namespace

void ResponseHead::read(std::string_view line) {
  line = trim(line);
  if (line.starts_with("HTTP/")) {
    std::string linked = std::move(linked_sha256);
    *this = ResponseHead();
    linked_sha256 = std::move(linked);
    status = status_of(line);
    return;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string name = lower(line.substr(0, colon));
  const std::string_view value = trim(line.substr(colon + 1));
  if (name == "content-length") length = number_of(value);
  if (name == "content-range") read_range(value, *this);
  if (name == "content-encoding") encoding = lower(value);
  if (name == "etag") etag = strong_etag(value);
  if ((name == "repr-digest" || name == "digest") && sha256.empty()) sha256 = sha256_of_list(value);
  // Small files of a hub are told by SHA-1, which says nothing here.
  if (name == "x-linked-etag") linked_sha256 = is_sha256(unquoted(value)) ? unquoted(value) : "";
}

}  // namespace paucal::http
