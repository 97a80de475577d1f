#include "base/sha256.h"

#include <algorithm>
#include <bit>

#include "base/file_access.h"

namespace paucal {
namespace {

using State = std::array<uint32_t, 8>;

constexpr size_t kBlock = 64;

// The fractions of the cube roots of the first 64 primes.
constexpr uint32_t kRound[kBlock] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t big_endian(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 | bytes[3];
}

void hash_block(State& state, const uint8_t* block) {
  uint32_t w[kBlock];
  for (size_t t = 0; t < 16; ++t) w[t] = big_endian(block + 4 * t);
  for (size_t t = 16; t < kBlock; ++t) {
    const uint32_t s0 = std::rotr(w[t - 15], 7) ^ std::rotr(w[t - 15], 18) ^ (w[t - 15] >> 3);
    const uint32_t s1 = std::rotr(w[t - 2], 17) ^ std::rotr(w[t - 2], 19) ^ (w[t - 2] >> 10);
    w[t] = w[t - 16] + s0 + w[t - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (size_t t = 0; t < kBlock; ++t) {
    const uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRound[t] + w[t];
    const uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g, g = f, f = e, e = d + t1;
    d = c, c = b, b = a, a = t1 + t2;
  }
  const State sums = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < sums.size(); ++i) state[i] += sums[i];
}

std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace

Sha256& Sha256::add(std::span<const uint8_t> data) {
  const size_t held = size_ % kBlock;
  size_ += data.size();
  if (held > 0) {
    const size_t taken = std::min(kBlock - held, data.size());
    std::copy_n(data.begin(), taken, block_.begin() + held);
    if (held + taken < kBlock) return *this;
    hash_block(state_, block_.data());
    data = data.subspan(taken);
  }
  for (; data.size() >= kBlock; data = data.subspan(kBlock)) hash_block(state_, data.data());
  std::copy(data.begin(), data.end(), block_.begin());
  return *this;
}

Sha256& Sha256::add(std::string_view text) {
  return add(bytes_of(text));
}

Sha256::Digest Sha256::digest() {
  const uint64_t bits = size_ * 8;
  // A one bit, then zeros until the length in bits ends a block.
  std::array<uint8_t, 2 * kBlock> padding{0x80};
  const size_t zeros_to = (size_ % kBlock < kBlock - 8 ? kBlock : 2 * kBlock) - size_ % kBlock;
  for (size_t i = 0; i < 8; ++i) padding[zeros_to - 1 - i] = static_cast<uint8_t>(bits >> (8 * i));
  add(std::span(padding).first(zeros_to));
  Digest digest;
  for (size_t i = 0; i < digest.size(); ++i)
    digest[i] = static_cast<uint8_t>(state_[i / 4] >> (24 - 8 * (i % 4)));
  return digest;
}

std::string Sha256::hex() {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : digest()) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::span<const uint8_t> data) {
  return Sha256().add(data).hex();
}

std::string sha256_hex(std::string_view text) {
  return Sha256().add(text).hex();
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
  return hex.size() == 2 * Sha256::Digest{}.size() &&
         hex.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace paucal
