#pragma once
// What a box says of a map: something reaches each of its rows and columns, and nothing lies
// outside (projection term of BoxInst, Tian et al., CVPR 2021, section 3.1). So boxes teach a map
// where an object ends, without saying which of the pixels within are its own.

#include <span>

#include "train/method.h"

namespace paucal::weak {

// A rectangle of map places, half-open; never empty.
struct MapRectangle {
  int64_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

// The places of a map of `width` × `height` whose centres lie in a box of network pixels;
// `stride`: network pixels a place.
MapRectangle places_in(const edge::Box& box, double stride, int64_t width, int64_t height);

// probability: [h, w], of one class. Scalar: 1 - overlap (Dice) of the largest value of each
// column and of each row of the rectangle with "all of them", summed over both directions; 0 to 2.
at::Tensor projection_loss(const at::Tensor& probability, const MapRectangle& rectangle);

}  // namespace paucal::weak
