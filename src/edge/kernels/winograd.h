#pragma once
// The transforms of Winograd's F(4×4, 3×3) and F(2×2, 3×3): a tile of 4×4 outputs costs 36 products
// instead of 144, one of 2×2 16 instead of 36 (Lavin and Gray, "Fast algorithms for convolutional
// neural networks", 2016). F(4×4) evaluates its polynomials at 0, ±√½, ±√2 and infinity instead of
// the paper's 0, ±1, ±2: the factors are smaller, and so is the error (Barabasz et al., "Error
// analysis and improving the accuracy of Winograd convolution", 2020).
//
// Error: with inputs and weights uniform in [-1, 1], at most 5e-6 of the largest output was seen
// with 16 to 512 channels; tests hold it below 1e-5. The direct sum in f32 has some 1e-6.

#include <cstdint>

namespace paucal::edge {

inline constexpr int kMaxPatch = 6;  // inputs across that a tile of 4 sees; a tile of 2 sees 4
inline constexpr int kMaxPoints = kMaxPatch * kMaxPatch;
inline constexpr double kWinogradA = 0.70710678118654752440;  // √½
inline constexpr double kWinogradB = 1.41421356237309504880;  // √2

// One tile of the input, all channels (a multiple of 8).
struct WinogradInput {
  int patch;                        // 6 or 4
  const float* pixels[kMaxPoints];  // row-major, `patch` a line; outside of the image: zeros
  int64_t channels;
  float* out;  // [patch²][stride]: point i of channel c at out[i · stride + c]
  int64_t stride;
};

// One tile of the output, 16 channels or 8.
struct WinogradOutput {
  int patch;
  const float* in;  // [patch²][stride]
  int64_t stride;
  int columns;            // 8 or 16
  const float* bias;      // [columns]
  float* out;             // of the tile's first pixel
  const float* residual;  // the same place; null: none
  int64_t row, pixel;     // floats from line to line and from pixel to pixel of out and residual
  int height, width;      // 1 … patch - 2: how much of the tile lies in the image
  float low, high;
};

void winograd_input_portable(const WinogradInput& tile);
void winograd_output_portable(const WinogradOutput& tile);
#if defined(__x86_64__)
void winograd_input_avx2(const WinogradInput& tile);
void winograd_output_avx2(const WinogradOutput& tile);
#endif

}  // namespace paucal::edge
