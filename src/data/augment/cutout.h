#pragma once
// Cutout (DeVries and Taylor, 2017): a square of one colour hides a part of the image.

#include <array>

#include "base/random.h"
#include "data/augment/buffer.h"

namespace paucal::data {

// A square of `side` pixels about a centre drawn over the whole image. At the left and top it is
// moved inside, at the right and bottom it is cut off, as in the public FixMatch ports. In place.
void cutout(edge::Image& image, int side, const std::array<uint8_t, 3>& colour, Random& random);

}  // namespace paucal::data
