#pragma once
// SHA-256 (FIPS 180-4): whether a file is the one that was meant, also against forgery.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace paucal {

// A digest of bytes that come in parts. Not for more than 2⁶¹ bytes.
class Sha256 {
 public:
  using Digest = std::array<uint8_t, 32>;

  Sha256& add(std::span<const uint8_t> data);
  Sha256& add(std::string_view text);
  Digest digest();    // the last call
  std::string hex();  // the same as 64 lower-case digits

 private:
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> block_{};  // what does not fill a block yet
  uint64_t size_ = 0;                // bytes added
};

std::string sha256_hex(std::span<const uint8_t> data);
std::string sha256_hex(std::string_view text);
Result<std::string> sha256_of_file(const std::filesystem::path& path);  // read in parts

bool is_sha256(std::string_view hex);  // 64 lower-case digits

}  // namespace paucal
