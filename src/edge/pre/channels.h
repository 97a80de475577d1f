#pragma once
// Grey ↔ RGB, and the eight orientations of EXIF.

#include "edge/image/image.h"

namespace paucal::edge {

// BT.601 luma in 16-bit fixed point, the weights that JPEG's YCbCr uses.
inline unsigned luma(unsigned r, unsigned g, unsigned b) {
  return (19595 * r + 38470 * g + 7471 * b + 32768) >> 16;
}

// The image with 1 or 3 channels; unchanged (and not copied) where it has them already.
Image with_channels(Image image, int channels);

// Turned so that what EXIF calls `orientation` (1–8) comes out upright; 5–8 swap the sides.
Image oriented(const Image& image, int orientation);

}  // namespace paucal::edge
