#pragma once
// The transforms of winograd.h, included by one file for each instruction set.

#include "edge/kernels/conv2d_simd.h"
#include "edge/kernels/winograd.h"

namespace paucal::edge {
namespace {

constexpr float kA = static_cast<float>(kWinogradA), kB = static_cast<float>(kWinogradB);
constexpr float kA2 = 0.5f, kB2 = 2.f;  // A² and B²; their product is 1
constexpr float kA3 = kA * kA2, kB3 = kB * kB2;

// Bᵀ d, in place.
[[gnu::always_inline]] inline void transform_input(Vec8 (&d)[6]) {
  const Vec8 even_a = d[4] - kB2 * d[2], odd_a = kA * (d[3] - kB2 * d[1]);
  const Vec8 even_b = d[4] - kA2 * d[2], odd_b = kB * (d[3] - kA2 * d[1]);
  d[0] = d[0] - (kA2 + kB2) * d[2] + d[4];
  d[5] = d[1] - (kA2 + kB2) * d[3] + d[5];
  d[1] = even_a + odd_a;
  d[2] = even_a - odd_a;
  d[3] = even_b + odd_b;
  d[4] = even_b - odd_b;
}

[[gnu::always_inline]] inline void transform_input(Vec8 (&d)[4]) {
  const Vec8 sum = d[1] + d[2], difference = d[2] - d[1];
  d[0] = d[0] - d[2];
  d[3] = d[1] - d[3];
  d[1] = sum;
  d[2] = difference;
}

// Aᵀ m: the first four or two are the result.
[[gnu::always_inline]] inline void transform_output(Vec8 (&m)[6]) {
  const Vec8 sum_a = m[1] + m[2], difference_a = m[1] - m[2];
  const Vec8 sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  m[0] = m[0] + sum_a + sum_b;
  m[1] = kA * difference_a + kB * difference_b;
  m[2] = kA2 * sum_a + kB2 * sum_b;
  m[3] = kA3 * difference_a + kB3 * difference_b + m[5];
}

[[gnu::always_inline]] inline void transform_output(Vec8 (&m)[4]) {
  m[0] = m[0] + m[1] + m[2];
  m[1] = m[1] - m[2] - m[3];
}

template <int P>
inline void transform_input_tile(const WinogradInput& tile) {
  for (int64_t c = 0; c < tile.channels; c += 8) {
    Vec8 half[P][P];  // transformed down: [column][row]
    for (int x = 0; x < P; ++x) {
      for (int y = 0; y < P; ++y) half[x][y] = load8(tile.pixels[y * P + x] + c);
      transform_input(half[x]);
    }
    float* out = tile.out + c;
    for (int y = 0; y < P; ++y) {
      Vec8 line[P];
      for (int x = 0; x < P; ++x) line[x] = half[x][y];
      transform_input(line);
      for (int x = 0; x < P; ++x, out += tile.stride) store8(out, line[x]);
    }
  }
}

template <int P>
inline void transform_output_tile(const WinogradOutput& tile) {
  for (int c = 0; c < tile.columns; c += 8) {
    Vec8 half[P][P];
    for (int x = 0; x < P; ++x) {
      for (int y = 0; y < P; ++y) half[x][y] = load8(tile.in + (y * P + x) * tile.stride + c);
      transform_output(half[x]);
    }
    const Vec8 bias = load8(tile.bias + c);
    for (int y = 0; y < tile.height; ++y) {
      Vec8 line[P];
      for (int x = 0; x < P; ++x) line[x] = half[x][y];
      transform_output(line);
      for (int x = 0; x < tile.width; ++x) {
        const int64_t at = y * tile.row + x * tile.pixel + c;
        Vec8 v = line[x] + bias;
        if (tile.residual) v += load8(tile.residual + at);
        store8(tile.out + at, clamp8(v, tile.low, tile.high));
      }
    }
  }
}

inline void winograd_input(const WinogradInput& tile) {
  tile.patch == 6 ? transform_input_tile<6>(tile) : transform_input_tile<4>(tile);
}

inline void winograd_output(const WinogradOutput& tile) {
  tile.patch == 6 ? transform_output_tile<6>(tile) : transform_output_tile<4>(tile);
}

}  // namespace
}  // namespace paucal::edge
