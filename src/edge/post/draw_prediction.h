#pragma once
// A prediction as a picture for people.

#include "edge/image/image.h"
#include "edge/post/interpret.h"

namespace paucal::edge {

// Lines that are seen in a picture of this size, and not too thick for it.
int line_width(const Image& image);

// Boxes over the heat over the image (grey or RGB), as RGB of its size.
Image draw_prediction(const Image& image, const Prediction& prediction);

}  // namespace paucal::edge
