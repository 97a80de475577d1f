#include "models/byte_reader.h"

#include <algorithm>

namespace paucal::models {
namespace {

constexpr size_t kMaxName = 512;
constexpr size_t kMaxShown = 80;

bool is_printable(char c) {
  return c >= 0x20 && c < 0x7f;
}

}  // namespace

bool is_plain_name(std::string_view name) {
  return name.size() <= kMaxName && std::all_of(name.begin(), name.end(), is_printable);
}

std::string printable(std::string_view text) {
  std::string shown(text.substr(0, kMaxShown));
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return !is_printable(c); }, '?');
  if (text.size() > kMaxShown) shown += "…";
  return shown;
}

}  // namespace paucal::models
