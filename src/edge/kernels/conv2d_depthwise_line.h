#pragma once
// The loops of DepthwiseLine, included by one file for each instruction set: vectors over channels,
// four pixels at a time where the filter lies in the image, so that each input is read once a line.

#include "edge/kernels/conv2d_depthwise.h"
#include "edge/kernels/conv2d_simd.h"

namespace paucal::edge {
namespace {

constexpr int kPixels = 4;

// Starts of vectors that cover `channels` ≥ 8: the last one overlaps its neighbour if need be.
[[gnu::always_inline]] inline int64_t vector_start(int64_t c, int64_t channels) {
  return c + 8 <= channels ? c : channels - 8;
}

[[gnu::always_inline]] inline void finish8(const DepthwiseLine& line, int64_t at, const Vec8& sum) {
  const Vec8 y = line.residual ? sum + load8(line.residual + at) : sum;
  store8(line.out + at, clamp8(y, line.low, line.high));
}

// Pixels x … x + 3, whose filters lie in the image: K wide, stride S, no dilation.
template <int K, int S>
inline void four_pixels(const DepthwiseLine& line, int64_t x) {
  constexpr int kInputs = (kPixels - 1) * S + K;
  const int64_t channels = line.channels;
  const float* start = line.in + (x * S - line.left) * channels;
  for (int64_t next = 0; next < channels; next += 8) {
    const int64_t c = vector_start(next, channels);
    Vec8 sum[kPixels];
    for (int p = 0; p < kPixels; ++p) sum[p] = load8(line.bias + c);
    const float* in = start + c;
    const float* weights = line.weights + c;
    for (int64_t row = 0; row < line.rows; ++row, in += line.line) {
      Vec8 w[K];
      for (int k = 0; k < K; ++k, weights += channels) w[k] = load8(weights);
      for (int i = 0; i < kInputs; ++i) {
        const Vec8 v = load8(in + i * channels);
        for (int p = 0; p < kPixels; ++p)
          if (i - p * S >= 0 && i - p * S < K) sum[p] += v * w[i - p * S];
      }
    }
    for (int p = 0; p < kPixels; ++p) finish8(line, (x + p) * channels + c, sum[p]);
  }
}

// Any pixel.
inline void one_pixel(const DepthwiseLine& line, int64_t pixel) {
  const int64_t channels = line.channels;
  const bool wide = channels >= 8;
  for (int64_t next = 0; next < channels; next += wide ? 8 : 1) {
    const int64_t c = wide ? vector_start(next, channels) : next;
    Vec8 sum = wide ? load8(line.bias + c) : line.bias[c] - Vec8{};
    for (int64_t row = 0; row < line.rows; ++row)
      for (int64_t k = 0; k < line.kernel_w; ++k) {
        const int64_t x = pixel * line.stride - line.left + k * line.dilation;
        if (x < 0 || x >= line.in_w) continue;
        const float* in = line.in + row * line.line + x * channels + c;
        const float* weight = line.weights + (row * line.kernel_w + k) * channels + c;
        if (wide)
          sum += load8(in) * load8(weight);
        else
          sum += *in * *weight;
      }
    const int64_t at = pixel * channels + c;
    if (wide) {
      finish8(line, at, sum);
    } else {
      const float y = line.residual ? sum[0] + line.residual[at] : sum[0];
      line.out[at] = clamp1(y, line.low, line.high);
    }
  }
}

template <int K, int S>
inline void by_fours(const DepthwiseLine& line) {
  int64_t x = 0;
  while (x < line.out_w) {
    const int64_t begin = x * S - line.left;
    if (begin >= 0 && begin + (kPixels - 1) * S + K <= line.in_w && x + kPixels <= line.out_w) {
      four_pixels<K, S>(line, x);
      x += kPixels;
    } else {
      one_pixel(line, x++);
    }
  }
}

inline void depthwise_line(const DepthwiseLine& line) {
  const bool wide = line.channels >= 8 && line.dilation == 1;
  if (wide && line.kernel_w == 3 && line.stride == 1) return by_fours<3, 1>(line);
  if (wide && line.kernel_w == 3 && line.stride == 2) return by_fours<3, 2>(line);
  if (wide && line.kernel_w == 5 && line.stride == 1) return by_fours<5, 1>(line);
  if (wide && line.kernel_w == 5 && line.stride == 2) return by_fours<5, 2>(line);
  for (int64_t x = 0; x < line.out_w; ++x) one_pixel(line, x);
}

}  // namespace
}  // namespace paucal::edge
