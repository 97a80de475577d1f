#pragma once
// Borrowed pixels of the C API as an Image.

#include "base/result.h"
#include "edge/api/paucal_edge.h"
#include "edge/image/image.h"
#include "edge/pre/decode.h"

namespace paucal::edge {

// With 1 or 3 channels. Fails where sizes, stride or format do not make an image.
Result<Image> to_image(const paucal_edge_image& from, int channels,
                       int64_t max_pixels = kMaxPixels);

}  // namespace paucal::edge
