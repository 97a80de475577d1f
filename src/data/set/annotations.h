#pragma once
// What a file or a folder of annotations says, in any format of labels/formats.def, and of which
// image.

#include <filesystem>
#include <vector>

#include "data/files/file_index.h"
#include "labels/annotation_format.h"

namespace paucal::data {

struct AnnotationSource {
  std::vector<labels::Annotated> annotated;
  std::vector<std::string> masks;  // pictures that should be masks: paths below the source
};

// `source`: a file, or a folder: that of a set (COCO), else one file an image. A picture is no mask
// where an annotation file of its name lies beside it, or where it lies among the images: below
// `images` (may be empty) and not in truth/ there. Of a folder's files Annotated::file is the path
// below it, by which the image may be known, too. Files that cannot be used become problems, and so
// does a folder that holds nothing of the kind; throws Error where a file that speaks of a whole
// set cannot be used.
AnnotationSource list_annotations(const std::filesystem::path& source,
                                  const std::filesystem::path& images,
                                  std::vector<Problem>& problems);

// The same with the masks read: they become the boxes of their regions, of class "".
std::vector<labels::Annotated> read_annotations(const std::filesystem::path& source,
                                                std::vector<Problem>& problems,
                                                const std::filesystem::path& images = {},
                                                int64_t max_pixels = 150'000'000);

// Of a format with one file an image: those below the root of `files`; broken ones become problems.
// Annotated::image is resolved where the annotation's own folder leads to a file.
std::vector<labels::Annotated> read_annotation_files(const FileIndex& files,
                                                     const labels::AnnotationFormat& format,
                                                     std::vector<Problem>& problems);

// The image that an annotation means: named like its file, or by its text, from the folder of the
// file or as it is.
labels::PathMatcher::Match find_image(const labels::PathMatcher& images,
                                      const labels::Annotated& annotated);

// "NG/a_mask.png" → "NG/a": what a mask file is called beside its image's name.
std::string without_mask_ending(std::string_view path);

}  // namespace paucal::data
