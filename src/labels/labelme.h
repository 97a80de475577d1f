#pragma once
// labelme: one JSON file an image, with a list of shapes.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "labels/annotation.h"

namespace paucal::labels {

// The image is `imagePath`, or the name of the JSON file. Polygons and rectangles keep their
// outline; circles become polygons of 32 corners; points and lines keep their box, at least a
// pixel wide. No shapes: a negative image. A member "score" (0 to 1) of a shape makes it a guess. A
// shape that cannot be used goes to `faults`, with its number, and leaves the image incomplete.
// Fails where the file as a whole cannot be used; files over 256 MiB (labelme may embed the image)
// are refused.
Result<Annotated> parse_labelme(std::string_view text, const std::filesystem::path& origin,
                                std::vector<std::string>& faults);
Result<Annotated> read_labelme(const std::filesystem::path& path, std::vector<std::string>& faults);

// The file that read_labelme() reads back to the last bit. An object of several polygons becomes
// several shapes, a box without outline a rectangle.
std::string to_labelme(const Annotated& annotated);

}  // namespace paucal::labels
