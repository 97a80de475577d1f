#pragma once
// Float functions without branches or calls, so that compilers turn loops over them into vector
// code. Everything is local to the file that includes this: the fast files compile it for their
// own instructions, and nothing of that may be shared with the portable ones.

#include <cmath>
#include <cstdint>

namespace paucal::edge {
namespace {

// As std::max(x, low), std::min: NaN stays NaN.
[[maybe_unused]] inline float bounded(float x, float low, float high) {
  x = x < low ? low : x;
  return high < x ? high : x;
}

// exp(x), relative error below 3e-7; 0 below -87.3. Cody and Waite: x = n·ln 2 + r.
[[maybe_unused]] inline float fast_exp(float x) {
  constexpr float kLow = -87.33654f, kHigh = 88.72283f;
  constexpr float kRound = 12582912.f;  // 1.5 · 2^23: adding it rounds to an integer
  const float c = bounded(x, kLow, kHigh);
  const float shifted = c * 1.44269504f + kRound;
  const float n = shifted - kRound;
  const float r = (c - n * 0.693359375f) + n * 2.12194440e-4f;
  // Cephes' minimax polynomial of (exp(r) - 1 - r) / r² on [-ln 2 / 2, ln 2 / 2].
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.f;
  // 2^n in two factors: 2^128 is no float. Unsigned, as the bits of a NaN are anything.
  const uint32_t k = __builtin_bit_cast(uint32_t, shifted) - 0x4b400000u;
  const uint32_t half = static_cast<uint32_t>(static_cast<int32_t>(k) >> 1);
  const float first = __builtin_bit_cast(float, (half + 127u) << 23);
  const float second = __builtin_bit_cast(float, (k - half + 127u) << 23);
  const float y = p * first * second;
  return x < kLow ? 0.f : x > kHigh ? INFINITY : y;
}

[[maybe_unused]] inline float fast_sigmoid(float x) {
  return 1.f / (1.f + fast_exp(-x));
}

// Absolute error below 2e-7; relative too near 0, where the series takes over.
[[maybe_unused]] inline float fast_tanh(float x) {
  const float x2 = x * x;
  const float series = x * (1.f + x2 * (-1.f / 3 + x2 * (2.f / 15 + x2 * (-17.f / 315))));
  const float y = 1.f - 2.f / (fast_exp(2.f * x) + 1.f);
  return std::fabs(x) < 0.15f ? series : y;
}

// Abramowitz and Stegun 7.1.26, absolute error below 2e-7.
[[maybe_unused]] inline float fast_erf(float x) {
  const float a = std::fabs(x);
  const float t = 1.f / (1.f + 0.3275911f * a);
  const float p =
      t * (0.254829592f +
           t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  const float y = 1.f - p * fast_exp(-a * a);
  return x < 0 ? -y : y;
}

}  // namespace
}  // namespace paucal::edge
