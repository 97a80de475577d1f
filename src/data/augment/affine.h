#pragma once
// Affine warps. Matrices map output to input in continuous coordinates, pixel (i, j) covering
// [i, i+1) × [j, j+1): (x_in, y_in) = m · (x_out, y_out, 1), row-major 2×3. That is what
// edge::Geometry::warped() takes, and PIL's Image.transform(AFFINE).

#include <array>
#include <cstdint>

#include "data/augment/buffer.h"

namespace paucal::data {

using Affine = std::array<double, 6>;

constexpr Affine kIdentity{1, 0, 0, 0, 1, 0};
Affine rotation(double degrees, double centre_x, double centre_y);  // counter-clockwise, as PIL
Affine compose(const Affine& first, const Affine& second);          // first · second

enum class Sampling { kNearest, kBilinear };
enum class Border { kConstant, kMirror };

struct WarpOptions {
  Sampling sampling = Sampling::kNearest;
  Border border = Border::kConstant;
  std::array<uint8_t, 3> fill{0, 0, 0};  // for kConstant
};

// Samples `in` at the centre of every output pixel. Coordinates are 16.16 fixed point, as PIL's,
// so kNearest + kConstant gives PIL's pixels. `in` and `out` are different images.
// Throws Error: a matrix that is not finite or beyond ±1e6, an input side above 16384.
void warp(const edge::Image& in, const Affine& matrix, int width, int height,
          const WarpOptions& options, edge::Image& out);

}  // namespace paucal::data
