#pragma once
// SHA-256 (FIPS 180-4): whether a file is the one that was meant, also against forgery.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace paucal::http {

class Sha256 {
 public:
  Sha256();
  Sha256& add(std::span<const uint8_t> data);
  std::string hex();  // 64 lower-case digits; the last call

 private:
  std::shared_ptr<void> state_;
};

std::string sha256_hex(std::span<const uint8_t> data);
Result<std::string> sha256_of_file(const std::filesystem::path& path);  // read in parts

bool is_sha256(std::string_view hex);  // 64 lower-case digits

}  // namespace paucal::http
