#pragma once
// Resizing with half-pixel centres: pixel i covers [i, i+1), as in Geometry.

#include "edge/image/image.h"

namespace paucal::edge {

// Shrinks with a triangle filter as wide as the step (antialiased: a scratch of one pixel fades,
// it does not vanish by chance), grows bilinearly. Integer arithmetic, equal on every machine,
// within one grey level of the exact result. An empty image, or a size below 1, gives an empty
// image.
Image resize(const Image& image, int width, int height);

// Bilinear without antialiasing, edges replicated; what PyTorch calls align_corners=False.
Map resize(const Map& map, int width, int height);

}  // namespace paucal::edge
