#pragma once
// Whole-numbered shrinking, as fast as memory: one pass over the pixels.

#include "edge/image/image.h"

namespace paucal::edge {

// Each pixel is the rounded mean of a square of `factor` × `factor` pixels, of a smaller one at the
// right and at the bottom. `factor` from 1 to 16. Both depths.
Image shrunk(const Image& image, int factor);

}  // namespace paucal::edge
