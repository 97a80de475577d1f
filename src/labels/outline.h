#pragma once
// From a mask to polygons that cover exactly its pixels.

#include <array>
#include <vector>

#include "edge/image/image.h"

namespace paucal::labels {

using Ring = std::vector<std::array<float, 2>>;

// The outer boundary of each region of non-zero pixels (neighbours share a side), along pixel
// edges, corners only, from the region's first pixel in reading order. Holes are not drawn.
std::vector<Ring> outline(const edge::Image& mask);

// Polygons that cover exactly the non-zero pixels: outline(), or, where a region has a hole, pieces
// without any, side by side.
std::vector<Ring> cover(const edge::Image& mask);

double ring_area(const Ring& ring);  // pixels², by the shoelace formula

// Bounds of the non-zero pixels, half-open; empty where there are none.
edge::Box mask_bounds(const edge::Image& mask);

}  // namespace paucal::labels
