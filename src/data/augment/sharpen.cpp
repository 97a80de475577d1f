#include "data/augment/blend.h"
#include "data/augment/filter.h"
#include "data/augment/simd.h"

namespace paucal::data {
namespace {

// The three rows summed, so that each 3×3 window costs three additions more.
PAUCAL_SIMD void sum_rows(const uint8_t* __restrict above, const uint8_t* __restrict here,
                          const uint8_t* __restrict below, uint16_t* __restrict sum, int count) {
  in_runs(
      count, [=](int i) __attribute__((always_inline)) {
        sum[i] = static_cast<uint16_t>(above[i] + here[i] + below[i]);
      });
}

// `step` bytes lie between neighbours. count: bytes of the row without its first and last pixel.
PAUCAL_SIMD void blend_row(const uint16_t* __restrict sum, const uint8_t* __restrict here,
                           uint8_t* __restrict out, int count, int step, int16_t weight) {
  in_runs(
      count, [=](int i) __attribute__((always_inline)) {
        const auto window =
            static_cast<uint16_t>(sum[i] + sum[i + step] + sum[i + 2 * step] + 4 * here[i + step]);
        // window / 13 rounded: 5042 / 65536 is exact enough up to 13 · 255.
        const auto smooth = static_cast<uint16_t>((uint32_t{5042} * uint16_t(window + 6)) >> 16);
        out[i + step] = blend(smooth, here[i + step], weight);
      });
}

}  // namespace

void sharpen(const edge::Image& in, double factor, edge::Image& out, Scratch& scratch) {
  reshape_like(out, in);
  const int stride = in.width * in.channels;
  scratch.row.resize(stride);
  const int16_t weight = blend_weight(factor);
  for (int y = 0; y < in.height; ++y) {
    const uint8_t* here = in.row(y);
    if (y == 0 || y == in.height - 1 || in.width < 3) {
      std::copy_n(here, stride, out.row(y));
      continue;
    }
    sum_rows(in.row(y - 1), here, in.row(y + 1), scratch.row.data(), stride);
    blend_row(scratch.row.data(), here, out.row(y), stride - 2 * in.channels, in.channels, weight);
    std::copy_n(here, in.channels, out.row(y));
    std::copy_n(here + stride - in.channels, in.channels, out.row(y) + stride - in.channels);
  }
}

}  // namespace paucal::data
