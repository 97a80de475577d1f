// Convolution as a matrix product without im2col: rows of the product are found by pointers into
// the widened strip, and 6 pixels × 16 channels of sums stay in registers.

#include "edge/kernels/conv_i8_simd.h"

namespace paucal::edge {
namespace {

struct Panel {
  const int16_t* weights;
  const int64_t* taps;
  RunsI8 runs;
  int64_t place;  // in scale and bias
  int64_t count;  // channels
};

template <int R>
void tile(const ConvI8& c, const Panel& panel, const int16_t* const* pixels,
          const uint8_t* residual, uint8_t* y) {
  const int16_t* rows[R];
  for (int r = 0; r < R; ++r) rows[r] = pixels[r];
  __m256i acc[R][2];
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r) {
    acc[r][0] = load(c.requantise.bias + panel.place);
    acc[r][1] = load(c.requantise.bias + panel.place + 8);
  }
  const int16_t* weights = panel.weights;
  for (int64_t t = 0; t < panel.runs.taps; ++t, weights += panel.runs.pairs * 32)
    multiply<R>(rows, panel.taps[t], panel.runs.pairs, weights, acc);
#pragma GCC unroll 6
  for (int r = 0; r < R; ++r)
    finish_pixel(acc[r][0], acc[r][1], c.requantise, panel.place,
                 residual ? residual + r * c.outputs : nullptr, y + r * c.outputs, panel.count);
}

void widen_weights(const int8_t* from, int64_t count, int16_t* to) {
  for (int64_t i = 0; i < count; i += 16)
    store(to + i,
          _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i))));
}

}  // namespace

void conv_i8_direct_avx2(const ConvI8& c, const int8_t* weights, const ConvI8Call& call,
                         const ConvI8Part& part, int16_t* strip, int64_t* taps, int16_t* widened) {
  const StripI8 s = strip_of(c, call.w, part.row, part.row_end);
  fill_strip(c, call, part.image, s, strip);
  const RunsI8 runs = runs_of(c);
  const int64_t per_row = runs.taps / c.kernel_h;
  for (int64_t t = 0; t < runs.taps; ++t)
    taps[t] = (t / per_row * c.dilation_h * s.width + t % per_row * c.dilation_w) * c.channels;

  const int64_t group_panels = panels_of(c) / c.groups;
  const int64_t panel_size = runs.taps * runs.pairs * 32;
  const int64_t pixels = (part.row_end - part.row) * call.out_w;
  const int64_t first_pixel = (part.image * call.out_h + part.row) * call.out_w;
  for (int64_t p = part.panel; p < part.panel_end; ++p) {
    widen_weights(weights + p * panel_size, panel_size, widened);
    const int64_t group = p / group_panels;
    const int64_t in_group = p % group_panels * kPanel;
    const int64_t left = group_outputs(c) - in_group;
    const Panel panel{widened, taps, runs, p * kPanel, left < kPanel ? left : kPanel};
    const int16_t* base = strip + group * group_channels(c);
    const int64_t channel = group * group_outputs(c) + in_group;
    int64_t row = 0, column = 0;
    for (int64_t m = 0; m < pixels; m += 6) {
      const int16_t* rows[6];
      const int64_t count = pixels - m < 6 ? pixels - m : 6;
      for (int64_t r = 0; r < count; ++r) {
        rows[r] = base + (row * c.stride_h * s.width + column * c.stride_w) * c.channels;
        if (++column == call.out_w) column = 0, ++row;
      }
      const int64_t at = (first_pixel + m) * c.outputs + channel;
      const uint8_t* residual = call.residual ? call.residual + at : nullptr;
      uint8_t* y = call.y + at;
      switch (count) {
        case 6:
          tile<6>(c, panel, rows, residual, y);
          break;
        case 5:
          tile<5>(c, panel, rows, residual, y);
          break;
        case 4:
          tile<4>(c, panel, rows, residual, y);
          break;
        case 3:
          tile<3>(c, panel, rows, residual, y);
          break;
        case 2:
          tile<2>(c, panel, rows, residual, y);
          break;
        default:
          tile<1>(c, panel, rows, residual, y);
      }
    }
  }
}

}  // namespace paucal::edge
