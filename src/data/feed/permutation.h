#pragma once
// A shuffled order of n things that nobody has to store.

#include <array>
#include <cstdint>

namespace paucal::data {

// A pseudo-random permutation of 0 … n-1 in constant memory: a Feistel network on the smallest
// power of two that holds n, walked along until it is back below n (Black and Rogaway, "Ciphers
// with arbitrary finite domains", 2002). Not for secrets. Thread-safe.
class RandomPermutation {
 public:
  // 1 ≤ n; throws Error otherwise.
  RandomPermutation(int64_t n, uint64_t seed, uint64_t stream, uint64_t epoch);

  int64_t at(int64_t i) const;  // 0 ≤ i < n; under two rounds through the network on average
  int64_t size() const { return n_; }

 private:
  uint64_t encrypt(uint64_t value) const;

  int64_t n_;
  int low_bits_;
  uint64_t low_mask_, high_mask_;
  std::array<uint64_t, 8> keys_;  // one a round
};

}  // namespace paucal::data
