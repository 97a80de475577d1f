#pragma once
// COCO detection files (Lin et al., 2014): images, annotations, categories in one JSON.

#include <filesystem>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "labels/annotation.h"

namespace paucal::labels {

// Every image of the file, also those without annotations (negatives), in the file's order. Boxes
// [x, y, w, h] become half-open corners; polygon segmentations are kept, of run-length masks only
// the box; without either, the first visible keypoint is a point. A file name with train, val or
// test in it ("instances_val.json") gives its images that split. Annotations that cannot be used,
// crowds (no single object) among them, become problems and leave their image incomplete; polygons
// that cannot be used beside a box are named. Throws Error where the file as a whole cannot be
// used: over 1 GiB, no JSON, no `images`.
std::vector<Annotated> read_coco(const std::filesystem::path& path, std::vector<Problem>& problems);
std::vector<Annotated> parse_coco(std::string_view text, const std::filesystem::path& origin,
                                  std::vector<Problem>& problems);

// The file that read_coco() reads back as it was: images without objects are kept, and boxes,
// polygons, points and scores come back to the last bit. Categories are numbered by name.
Json to_coco(const std::vector<Annotated>& annotated);

// Whether the text of the file speaks of images and annotations; reads at most 1 GiB.
bool looks_like_coco(const std::filesystem::path& path);

}  // namespace paucal::labels
