#include "http/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <new>

#include "base/error.h"
#include "base/file_access.h"

namespace paucal::http {
namespace {

constexpr size_t kHexDigits = 64;

EVP_MD_CTX* context(const std::shared_ptr<void>& state) {
  return static_cast<EVP_MD_CTX*>(state.get());
}

}  // namespace

Sha256::Sha256()
    : state_(EVP_MD_CTX_new(),
             [](void* state) { EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(state)); }) {
  // Both fail where memory is short, and in no other case.
  if (!state_ || EVP_DigestInit_ex(context(state_), EVP_sha256(), nullptr) != 1)
    throw std::bad_alloc();
}

Sha256& Sha256::add(std::span<const uint8_t> data) {
  EVP_DigestUpdate(context(state_), data.data(), data.size());
  return *this;
}

std::string Sha256::hex() {
  std::array<uint8_t, kHexDigits / 2> digest{};
  EVP_DigestFinal_ex(context(state_), digest.data(), nullptr);
  std::string text;
  for (const uint8_t byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string sha256_hex(std::span<const uint8_t> data) {
  return Sha256().add(data).hex();
}

Result<std::string> sha256_of_file(const std::filesystem::path& path) {
  constexpr uint64_t kPart = uint64_t{1} << 20;
  const Result<InputFile> file = InputFile::open(path);
  if (!file.ok()) return file.failure();
  Sha256 sum;
  for (uint64_t at = 0; at < file->size();) {
    const auto part = file->read(at, kPart);
    if (!part.ok()) return part.failure();
    if (part->empty()) break;  // shortened since it was opened
    sum.add(*part);
    at += part->size();
  }
  return sum.hex();
}

bool is_sha256(std::string_view hex) {
  return hex.size() == kHexDigits &&
         hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace paucal::http
