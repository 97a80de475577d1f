#pragma once
// labelme: one JSON file an image, with a list of shapes; X-AnyLabeling writes the same.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "labels/annotation.h"
#include "labels/annotation_format.h"

namespace paucal::labels {

// The image is `imagePath`, or the name of the JSON file. Polygons, rectangles, rotated ones
// ("rotation") and quadrangles keep their outline; circles become polygons of 32 corners; masks
// become polygons of their pixels (their points are the first and the last pixel); points and lines
// keep their box, at least a pixel wide, and so does a type that is not known, which goes to
// `faults`. Shapes of one group_id and label are one object. No shapes: a negative image. A member
// "score" (0 to 1) of a shape makes it a guess. A shape that cannot be used goes to `faults`, with
// its number, and leaves the image incomplete. Fails where the file as a whole cannot be used.
Result<Annotated> parse_labelme(std::string_view text, const std::filesystem::path& origin,
                                std::vector<std::string>& faults);

// The file that parse_labelme() reads back to the last bit. The polygons of an object become shapes
// of one group, a box without outline a rectangle. A box that is not that of its outline is lost.
// `image_path`: of the image, from the folder of the file.
std::string to_labelme(const Annotated& annotated, const std::string& image_path);

AnnotationFormat labelme_format();

}  // namespace paucal::labels
