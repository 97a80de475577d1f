#pragma once
// COCO detection files (Lin et al., 2014): images, annotations, categories in one JSON.

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "labels/annotation.h"
#include "labels/annotation_format.h"

namespace paucal::labels {

// Every image of the file, also those without annotations (negatives), in the file's order; entries
// of one file name are one image. Boxes [x, y, w, h] become half-open corners; polygon
// segmentations are kept, and run lengths become polygons of their pixels; without a box, the
// bounds of those count; without either, the first visible keypoint is a point. A file name with
// train, val or test in it ("instances_val.json") gives its images that split.
//
// Annotations that cannot be used, crowds (no single object) among them, become problems and leave
// their image incomplete; outlines that cannot be used beside a box are named. An annotation whose
// image is not known may belong to any: images without annotations are incomplete then. So are
// images that claim one id. Throws Error where the file as a whole cannot be used: no JSON, no
// `images` or no `annotations`.
std::vector<Annotated> parse_coco(std::string_view text, const std::filesystem::path& origin,
                                  std::vector<Problem>& problems);

// The file that parse_coco() reads back as it was: images without objects are kept, and boxes,
// polygons, points and scores come back to the last bit. Categories are numbered by name.
Json to_coco(std::span<const Annotated> annotated);

AnnotationFormat coco_format();

}  // namespace paucal::labels
