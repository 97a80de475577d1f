#pragma once
// Pixels → image files in memory. An image that no file can hold (empty, or not of 1 or 3
// channels) gives no bytes.

#include "base/files.h"
#include "edge/image/image.h"

namespace paucal::edge {

Bytes encode_png(const Image& image);

// `quality` 1–100. From 90 on colour is stored at full resolution, so that thin coloured lines
// stay sharp.
Bytes encode_jpeg(const Image& image, int quality = 90);

}  // namespace paucal::edge
