#pragma once
// What a file or a folder of annotations says, in any format of labels/formats.def, and of which
// image.

#include <filesystem>
#include <vector>

#include "data/files/file_index.h"
#include "data/set/record.h"
#include "labels/annotation_format.h"

namespace paucal::data {

struct AnnotationSource {
  std::vector<labels::Annotated> annotated;
  std::vector<std::string> masks;  // pictures that should be masks: paths below the source
};

// Where the images lie that annotations are of. Both may be empty; `truth`: see is_truth_path().
struct ImageFolder {
  std::filesystem::path root, truth;
};

// `source`: a file, or a folder: that of a set (COCO), else one file an image. A picture is no mask
// where an annotation file of its name lies beside it, or where it lies among the images: below
// their root, and not in the truth there. Of a folder's files Annotated::file is the path
// below it, by which the image may be known, too. Files that cannot be used become problems, and so
// does a folder that holds nothing of the kind; throws Error where a file that speaks of a whole
// set cannot be used.
AnnotationSource list_annotations(const std::filesystem::path& source, const ImageFolder& images,
                                  std::vector<Problem>& problems);

// The same with the masks read: they become the boxes of their regions, of class "".
std::vector<labels::Annotated> read_annotations(const std::filesystem::path& source,
                                                std::vector<Problem>& problems,
                                                const ImageFolder& images = {},
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

// For find_image() among the records of a set.
labels::PathMatcher matcher_of(const Dataset& dataset);

// Why an annotation is of no image, where find_image() found none or several.
Problem unmatched(const labels::Annotated& annotated, const labels::PathMatcher& images,
                  const labels::PathMatcher::Match& match);

// Which image a mask of a folder means, by its name: "NG/a_mask.png" is of "a".
labels::Annotated named_by_mask(const std::filesystem::path& source, const std::string& path);

// Whether an annotation file lies beside the image.
bool has_annotation_beside(const std::string& path, const FileIndex& files);

}  // namespace paucal::data
