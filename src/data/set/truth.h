#pragma once
// Annotations become either the labels of a set (COCO, VOC, labelme sets) or truth that only the
// evaluation sees (data.truth).

#include <filesystem>
#include <vector>

#include "data/files/file_index.h"
#include "data/set/options.h"
#include "data/set/record.h"

namespace paucal::data {

// Adds a record for each annotated image: its class is the most frequent class of its objects (at
// a tie the one of larger area, then the first by name), or "OK" where there are none. The objects
// become its truth. Images that the annotations do not name are reported, not guessed.
void label_by_annotations(const std::vector<labels::Annotated>& annotated, const FileIndex& files,
                          Dataset& dataset);

// One VOC (.xml) or labelme (.json) file an image, below the root of `files`; broken ones become
// problems. Annotated::image is resolved where the annotation's own folder leads to a file.
std::vector<labels::Annotated> read_annotation_files(const FileIndex& files,
                                                     std::string_view ending,
                                                     std::vector<Problem>& problems);

// What a COCO file, or a folder of VOC, labelme and mask files, says of images; of a folder's files
// Annotated::file is the path below it, by which the image may be known, too. Masks (> 127) become
// the boxes of their regions, of class "". Files that cannot be used become problems.
std::vector<labels::Annotated> read_annotations(const std::filesystem::path& source,
                                                std::vector<Problem>& problems);

// Where the truth lies: data.truth, else truth/annotations.json or truth/ in the root, else "".
// Throws Error where data.truth does not exist.
std::filesystem::path truth_source(const DataOptions& options, const std::filesystem::path& root);

// Adds boxes, polygons and masks from `source` (a COCO file, or a folder with one, or of VOC,
// labelme or mask files named like their images) to the records. Those of images that are not
// there become problems.
void attach_truth(const std::filesystem::path& source, const FileIndex& files, Dataset& dataset);

}  // namespace paucal::data
