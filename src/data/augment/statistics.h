#pragma once
// What some operations must know of the whole image first.

#include <array>
#include <cstdint>

#include "edge/image/image.h"

namespace paucal::data {

// counts[c][v]: pixels of channel c with value v.
using Histogram = std::array<std::array<uint32_t, 256>, 3>;
Histogram histogram(const edge::Image& image);

struct Extrema {
  std::array<uint8_t, 3> low, high;  // of each channel
};
Extrema extrema(const edge::Image& image);

// ITU-R 601 luma of `count` RGB pixels, rounded: (19595 R + 38470 G + 7471 B) / 65536.
void luma(const uint8_t* rgb, uint8_t* grey, size_t count);

// Mean of the luma (of the pixels themselves for one channel), rounded.
int mean_grey(const edge::Image& image);

}  // namespace paucal::data
