#pragma once
// Files of annotations, in any format of the table: found, read and written.

#include <filesystem>
#include <string>
#include <vector>

#include "labels/annotation.h"
#include "labels/annotation_format.h"

namespace paucal::labels {

// The format of a file, by its name and its text; null where it is none, or cannot be read.
const AnnotationFormat* format_of(const std::filesystem::path& path);

// What a file says, in the format that it holds. `name`: the path of its problems. Throws Error
// where it cannot be used as a whole.
std::vector<Annotated> read_annotation_file(const std::filesystem::path& path,
                                            const std::string& name,
                                            std::vector<Problem>& problems);

// The files of a folder, its annotations/ or its Annotations/ that speak of whole sets (COCO).
std::vector<std::filesystem::path> set_files(const std::filesystem::path& folder);

// Names the images of what read_annotations() gave of a folder by the folder's files: "NG/a.xml"
// that speaks of "a.jpg" is "NG/a.jpg". What several files say of one image is joined. Left out,
// each with a problem, are `incomplete` ones, and names that lead out of the folder of the images.
std::vector<Annotated> with_image_paths(std::vector<Annotated> annotated,
                                        std::vector<Problem>& problems);

// A format of whole sets: the file `out`. Others: one file an image below the folder `out`, at the
// image's path, with the format's ending in place of its own, or after it where two images differ
// by that alone. What the format cannot hold becomes a problem. `images`: the folder of the images,
// to which labelme's files then lead; may be empty. The names are those that with_image_paths()
// gives. Throws Error: an unknown format.
void write_annotations(const std::vector<Annotated>& annotated, const std::string& format,
                       const std::filesystem::path& out, const std::filesystem::path& images,
                       std::vector<Problem>& problems);

}  // namespace paucal::labels
