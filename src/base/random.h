#pragma once
// Random numbers that are the same on every machine and compiler: the standard library's
// distributions are not. One generator belongs to one thing (an image, an epoch), keyed by
// (seed, stream, index), so results never depend on how work is spread over threads.

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace paucal {

class Random {
 public:
  // xoshiro256++ (Blackman and Vigna, 2019), seeded by SplitMix64 over the key.
  explicit Random(uint64_t seed, uint64_t stream = 0, uint64_t index = 0);

  uint64_t next();
  double uniform();                            // [0, 1), 53 bits
  double uniform(double low, double high);     // [low, high)
  int64_t below(int64_t n);                    // 0 … n-1, unbiased; n ≥ 1
  int64_t between(int64_t low, int64_t high);  // low … high, both inclusive
  bool chance(double probability);
  double normal();             // mean 0, variance 1
  double gamma(double shape);  // Marsaglia and Tsang (2000), scale 1
  double beta(double a, double b);

  template <class T>
  void shuffle(std::vector<T>& items) {  // Fisher-Yates
    for (int64_t i = static_cast<int64_t>(items.size()) - 1; i > 0; --i)
      std::swap(items[i], items[below(i + 1)]);
  }

  std::array<uint64_t, 4> state() const { return state_; }
  void set_state(const std::array<uint64_t, 4>& state) { state_ = state; }

 private:
  std::array<uint64_t, 4> state_;
};

}  // namespace paucal
