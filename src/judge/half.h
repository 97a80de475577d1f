#pragma once
// IEEE 754 binary16, by rounding to the nearest, ties to even.

#include <bit>
#include <cmath>
#include <cstdint>

namespace paucal::judge {

inline constexpr float kLargestHalf = 65504;

// Values beyond ±65504 become ±65504; NaN stays NaN.
inline uint16_t to_half(float value) {
  const auto sign = static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16 & 0x8000);
  if (std::isnan(value)) return sign | 0x7E00;
  const float size = std::fmin(std::fabs(value), kLargestHalf);
  if (size < 0x1p-14f)  // subnormal: steps of 2⁻²⁴
    return static_cast<uint16_t>(sign | std::lrint(std::ldexp(size, 24)));
  const uint32_t bits = std::bit_cast<uint32_t>(size);
  const uint32_t rounded = bits + 0xFFF + (bits >> 13 & 1);
  return static_cast<uint16_t>(sign | ((rounded >> 13) - ((127 - 15) << 10)));
}

inline float from_half(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const int exponent = half >> 10 & 31;
  const int fraction = half & 0x3FF;
  float size;
  if (exponent == 0)
    size = std::ldexp(static_cast<float>(fraction), -24);
  else if (exponent == 31)
    size = fraction ? NAN : INFINITY;
  else
    size = std::bit_cast<float>(static_cast<uint32_t>(exponent + 127 - 15) << 23 |
                                static_cast<uint32_t>(fraction) << 13);
  return std::bit_cast<float>(std::bit_cast<uint32_t>(size) | sign);
}

}  // namespace paucal::judge
