#pragma once
// Pixels → image files in memory. Fails where no file can hold the image: it is empty, has other
// than 1 or 3 channels, or is larger than the format allows (JPEG: 65,500 pixels a side).

#include "base/files.h"
#include "base/result.h"
#include "edge/image/image.h"

namespace paucal::edge {

Result<Bytes> encode_png(const Image& image);

// `quality` 1–100. From 90 on colour is stored at full resolution, so that thin coloured lines
// stay sharp.
Result<Bytes> encode_jpeg(const Image& image, int quality = 90);

}  // namespace paucal::edge
