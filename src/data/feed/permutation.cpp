#include "data/feed/permutation.h"

#include <bit>

#include "base/error.h"
#include "base/random.h"

namespace paucal::data {
namespace {

// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014). The lowest bits of its result are as
// mixed as the highest.
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

}  // namespace

RandomPermutation::RandomPermutation(int64_t n, uint64_t seed, uint64_t stream, uint64_t epoch)
    : n_(n) {
  if (n < 1) fail("permutation", "{} things, expected at least 1", n);
  const int bits = std::bit_width(static_cast<uint64_t>(n - 1));
  low_bits_ = bits - bits / 2;
  low_mask_ = (uint64_t{1} << low_bits_) - 1;
  high_mask_ = (uint64_t{1} << (bits / 2)) - 1;
  Random random(seed, stream, epoch);
  for (auto& key : keys_) key = random.next();
}

uint64_t RandomPermutation::encrypt(uint64_t value) const {
  uint64_t low = value & low_mask_, high = value >> low_bits_;
  for (size_t round = 0; round < keys_.size(); round += 2) {
    low ^= mix(high + keys_[round]) & low_mask_;
    high ^= mix(low + keys_[round + 1]) & high_mask_;
  }
  return high << low_bits_ | low;
}

int64_t RandomPermutation::at(int64_t i) const {
  auto value = static_cast<uint64_t>(i);
  do value = encrypt(value);
  while (value >= static_cast<uint64_t>(n_));
  return static_cast<int64_t>(value);
}

}  // namespace paucal::data
