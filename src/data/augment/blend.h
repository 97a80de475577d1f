#pragma once
// The blend of a whole pixel with its degenerate value, in 16-bit steps that vectorise well.

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace paucal::data {

// A factor in 1/4096, 0 … 8.
inline int16_t blend_weight(double factor) {
  return static_cast<int16_t>(std::clamp(std::lround(factor * 4096), 0L, 32767L));
}

// degenerate + factor · (value − degenerate): the difference in 1/16, so that the product's upper
// half is whole. Within 1 of the exact value cut off.
inline uint8_t blend(int degenerate, int value, int16_t weight) {
  const auto difference = static_cast<int16_t>((value - degenerate) * 16);
  const auto step = static_cast<int16_t>((int32_t{difference} * weight) >> 16);
  const auto sum = static_cast<int16_t>(degenerate + step);
  return static_cast<uint8_t>(std::clamp<int16_t>(sum, 0, 255));
}

}  // namespace paucal::data
