#pragma once
// Boxes from one format to another, so that any annotation tool can show and change them.

#include <filesystem>
#include <string>
#include <vector>

#include "labels/annotation.h"

namespace paucal::labels {

std::vector<std::string> annotation_formats();  // "coco", "voc", "labelme"

// Names the images of what read_annotations() gave of a folder by the folder's files: "NG/a.xml"
// that speaks of "a.jpg" is "NG/a.jpg"; `incomplete` ones are left out, each with a problem.
std::vector<Annotated> with_image_paths(std::vector<Annotated> annotated,
                                        std::vector<Problem>& problems);

// coco: the file `out`. voc, labelme: one file an image below the folder `out`, at the image's
// path. What the format cannot hold becomes a problem. `images`: the folder of the images, to which
// labelme's files then lead; may be empty. Throws Error: an unknown format, a path that leaves
// `out`, two images of one name.
void write_annotations(const std::vector<Annotated>& annotated, const std::string& format,
                       const std::filesystem::path& out, const std::filesystem::path& images,
                       std::vector<Problem>& problems);

}  // namespace paucal::labels
