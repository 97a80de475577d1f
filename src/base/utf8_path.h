#pragma once
// The path that text in UTF-8 names: what a person typed, or what path.string() wrote before. On
// Linux fs::path(text) is the same; on Windows that reads each byte as a character of its own,
// though string() writes UTF-8. Throws std::filesystem::filesystem_error there where the text is
// no UTF-8.

#include <filesystem>
#include <string_view>

namespace paucal {

inline std::filesystem::path utf8_path(std::string_view text) {
  return std::u8string_view(reinterpret_cast<const char8_t*>(text.data()), text.size());
}

}  // namespace paucal
