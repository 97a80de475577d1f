#pragma once
// A picture seen through an affine map.

#include <array>

#include "edge/image/image.h"

namespace paucal::edge {

// Bilinear; what lies outside repeats the border. `output_to_input`: row-major 2 × 3, as in
// Geometry, where pixel (i, j) covers [i, i+1) × [j, j+1). At full depth where the image is.
Image warped(const Image& image, const std::array<double, 6>& output_to_input, int width,
             int height);

}  // namespace paucal::edge
