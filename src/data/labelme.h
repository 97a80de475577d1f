#pragma once
// labelme: one JSON file an image, with a list of shapes.

#include <filesystem>

#include "base/result.h"
#include "data/record.h"

namespace paucal::data {

// The image is `imagePath`, or the name of the JSON file. Polygons and rectangles keep their
// outline; circles become polygons of 32 corners; points and lines keep their box, at least a
// pixel wide. No shapes: a negative image. Fails naming the shape; files over 256 MiB (labelme
// may embed the image) are refused.
Result<Annotated> read_labelme(const std::filesystem::path& path);

}  // namespace paucal::data
