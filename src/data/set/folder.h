#pragma once
// One folder a class: root/OK/*.jpg, root/NG/line1/*.png.

#include <filesystem>

#include "data/files/file_index.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// The first folder below the root is the class; folders inside it are just folders. Where most
// images lie in train/X, val/X or test/X, those give the split and the class, and images elsewhere
// have none; where few do, such a folder is a split where X is a class beside it.
// X.png beside X.jpg is the mask of X.jpg. Folders named truth or ground_truth and those below
// `truth` (may be empty) are no classes. Appends to records, truth and problems.
void read_folders(const FileIndex& files, const std::filesystem::path& truth, LabelledSet& set);

}  // namespace paucal::data
