#pragma once
// From a mask to polygons that cover exactly its pixels.

#include <vector>

#include "edge/image/image.h"
#include "labels/annotation.h"

namespace paucal::labels {

// The outer boundary of each region of non-zero pixels (neighbours share a side), along pixel
// edges, corners only, from the region's first pixel in reading order. Holes are not drawn.
Polygons outline(const edge::Image& mask);

// Polygons that cover exactly the non-zero pixels: outline(), or, where a region has a hole, pieces
// without any, side by side.
Polygons cover(const edge::Image& mask);

double ring_area(const Ring& ring);  // pixels², by the shoelace formula

// Bounds of the non-zero pixels, half-open; empty where there are none.
edge::Box mask_bounds(const edge::Image& mask);

}  // namespace paucal::labels
