#pragma once
// COCO detection files (Lin et al., 2014): images, annotations, categories in one JSON.

#include <filesystem>
#include <vector>

#include "data/record.h"

namespace paucal::data {

// Every image of the file, also those without annotations (negatives), in the file's order. Boxes
// [x, y, w, h] become half-open corners; polygon segmentations are kept, of run-length masks only
// the box. A file name with train, val or test in it ("instances_val.json") gives its images that
// split. Annotations that cannot be used become problems; throws Error where the file as a whole
// cannot: over 1 GiB, no JSON, no `images`.
std::vector<Annotated> read_coco(const std::filesystem::path& path, std::vector<Problem>& problems);

// Whether the text of the file speaks of images and annotations; reads at most 1 GiB.
bool looks_like_coco(const std::filesystem::path& path);

}  // namespace paucal::data
