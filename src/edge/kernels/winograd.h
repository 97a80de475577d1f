#pragma once
// The transforms of Winograd's F(4×4, 3×3): a tile of 4×4 outputs costs 36 products instead of 144
// (Lavin and Gray, "Fast algorithms for convolutional neural networks", 2016). The polynomials are
// evaluated at 0, ±√½, ±√2 and infinity instead of the paper's 0, ±1, ±2: the factors are
// smaller, and so is the error, about 3 times (Barabasz et al., "Error analysis and improving the
// accuracy of Winograd convolution", 2020).
//
// Error: with f32 and inputs and weights of one magnitude, below 1e-5 of the largest output (tested
// with 64 to 512 channels); the direct sum has some 1e-6. F(2×2, 3×3) would bring no better than
// 3e-6 for 2.25 times less work instead of 4.

#include <cstdint>

namespace paucal::edge {

inline constexpr int kWinogradTile = 4;     // outputs, across and down
inline constexpr int kWinogradPatch = 6;    // inputs that these see
inline constexpr int kWinogradPoints = 36;  // products of a tile and a pair of channels
inline constexpr double kWinogradA = 0.70710678118654752440;  // √½
inline constexpr double kWinogradB = 1.41421356237309504880;  // √2

// One tile of the input, all channels (a multiple of 8).
struct WinogradInput {
  const float* pixels[kWinogradPoints];  // row-major; those outside of the image: zeros
  int64_t channels;
  float* out;  // [36][stride]: point i of channel c at out[i · stride + c]
  int64_t stride;
};

// One tile of the output, 16 channels or 8.
struct WinogradOutput {
  const float* in;  // [36][stride]
  int64_t stride;
  int columns;            // 8 or 16
  const float* bias;      // [columns]
  float* out;             // of the tile's first pixel
  const float* residual;  // the same place; null: none
  int64_t row, pixel;     // floats from line to line and from pixel to pixel of out and residual
  int height, width;      // 1 … 4: how much of the tile lies in the image
  float low, high;
};

void winograd_input_portable(const WinogradInput& tile);
void winograd_output_portable(const WinogradOutput& tile);
#if defined(__x86_64__)
void winograd_input_avx2(const WinogradInput& tile);
void winograd_output_avx2(const WinogradOutput& tile);
#endif

}  // namespace paucal::edge
