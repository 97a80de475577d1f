#include "base/random.h"

#include <cmath>

namespace paucal {
namespace {

uint64_t split_mix(uint64_t& x) {
  uint64_t z = (x += 0x9E3779B97F4A7C15ull);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

uint64_t rotl(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

}  // namespace

Random::Random(uint64_t seed, uint64_t stream, uint64_t index) {
  // Hash the parts one after another, so that (1, 2) and (2, 1) are unrelated.
  uint64_t key = seed;
  key = split_mix(key) ^ stream;
  key = split_mix(key) ^ index;
  for (auto& word : state_) word = split_mix(key);
}

uint64_t Random::next() {
  const uint64_t result = rotl(state_[0] + state_[3], 23) + state_[0];
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotl(state_[3], 45);
  return result;
}

double Random::uniform() {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

double Random::uniform(double low, double high) {
  return low + (high - low) * uniform();
}

int64_t Random::below(int64_t n) {
  // Lemire's multiply-and-reject: unbiased without a division in the usual case.
  const auto bound = static_cast<uint64_t>(n);
  auto product = static_cast<unsigned __int128>(next()) * bound;
  if (static_cast<uint64_t>(product) < bound) {
    const uint64_t threshold = -bound % bound;
    while (static_cast<uint64_t>(product) < threshold)
      product = static_cast<unsigned __int128>(next()) * bound;
  }
  return static_cast<int64_t>(product >> 64);
}

int64_t Random::between(int64_t low, int64_t high) {
  return low + below(high - low + 1);
}

bool Random::chance(double probability) {
  return uniform() < probability;
}

double Random::normal() {
  // Box-Muller without caching the second value: a generator's whole state is state_.
  const double u = 1.0 - uniform();
  const double v = uniform();
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * M_PI * v);
}

double Random::gamma(double shape) {
  if (shape < 1.0) return gamma(shape + 1.0) * std::pow(1.0 - uniform(), 1.0 / shape);
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  for (;;) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1.0 - uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double Random::beta(double a, double b) {
  const double x = gamma(a);
  const double y = gamma(b);
  if (x + y > 0) return x / (x + y);
  // Tiny a and b (MixUp with alpha near 0): both underflow, and what is left is a coin.
  return chance(a / (a + b)) ? 1 : 0;
}

}  // namespace paucal
