#pragma once
// Annotations become either the labels of a set (COCO, VOC, labelme sets) or truth that only the
// evaluation sees (data.truth).

#include <filesystem>
#include <vector>

#include "data/files/file_index.h"
#include "data/set/options.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// Adds a record for each annotated image: its class is the most frequent class of its objects (at
// a tie the one of larger area, then the first by name), or "OK" where there are none. The objects
// become its truth. Images that the annotations do not name are reported, not guessed. Of an image
// that is annotated twice, the first of a class that is among `classes` (see names_class) counts.
void label_by_annotations(const std::vector<labels::Annotated>& annotated, const FileIndex& files,
                          const std::vector<std::string>& classes, LabelledSet& set);

// Where the truth lies: data.truth, else truth/ in the root, else "".
// Throws Error where data.truth does not exist.
std::filesystem::path truth_source(const DataOptions& options, const std::filesystem::path& root);

// Adds boxes, polygons and masks from `source` (see list_annotations()) to the records. Those of
// images that are not there, or whose name fits several, become problems.
void attach_truth(const std::filesystem::path& source, const FileIndex& files, LabelledSet& set);

}  // namespace paucal::data
