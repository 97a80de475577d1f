#pragma once
// A part of an image.

#include "edge/image/image.h"

namespace paucal::edge {

// The pixels of `image` from (x, y) on, which it holds; at full depth where it is.
Image cropped(const Image& image, int x, int y, int width, int height);

}  // namespace paucal::edge
