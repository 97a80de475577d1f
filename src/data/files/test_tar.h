#pragma once
// Tar archives written by hand, for tests.

#include <algorithm>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/files.h"

namespace paucal::data {

// A header of `size` bytes of data; the name must be below 100 bytes.
inline std::string tar_header(std::string_view name, uint64_t size, char type = '0',
                              std::string_view prefix = "") {
  std::string block(512, '\0');
  const auto put = [&](size_t at, std::string_view text) { std::ranges::copy(text, &block[at]); };
  put(0, name);
  put(100, "0000644");
  put(124, fmt::format("{:011o}", size));
  put(156, std::string_view(&type, 1));
  put(257, std::string_view("ustar\00000", 8));
  put(345, prefix);
  put(148, "        ");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<uint8_t>(c);
  put(148, fmt::format("{:06o}", sum));
  block[154] = '\0';
  return block;
}

// Header, data and padding.
inline std::string tar_file(std::string_view name, std::string_view data, char type = '0',
                            std::string_view prefix = "") {
  std::string result = tar_header(name, data.size(), type, prefix);
  result += data;
  result.resize((result.size() + 511) / 512 * 512);
  return result;
}

inline std::string pax_record(std::string_view key, std::string_view value) {
  size_t length = key.size() + value.size() + 3;
  while (std::to_string(length).size() + key.size() + value.size() + 3 != length)
    length = std::to_string(length).size() + key.size() + value.size() + 3;
  return fmt::format("{} {}={}\n", length, key, value);
}

inline std::string tar_end() {
  return std::string(1024, '\0');
}

}  // namespace paucal::data
