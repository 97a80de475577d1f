#pragma once
// From a folder and its options to a split data set: the one entry to all readers.

#include "data/options.h"
#include "data/record.h"

namespace paucal::data {

// Finds the format, reads labels and truth, marks OK classes, and splits. Files that cannot be
// used are listed in Dataset::problems, never dropped in silence. Throws Error where nothing can
// be learned: no images, one class, an unknown class in data.ok, a split file that names a file
// which is not there.
Dataset open_dataset(const DataOptions& options);

}  // namespace paucal::data
