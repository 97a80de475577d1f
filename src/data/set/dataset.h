#pragma once
// From a folder and its options to a split data set: the one entry to all readers.

#include "data/set/options.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// Finds the format (see format.h), reads labels and truth, marks OK classes, and splits. Files that
// cannot be used are listed in Dataset::problems, never dropped in silence. Throws Error where
// nothing can be learned: no images, one class that does not mean OK, an unknown class in data.ok,
// a class that is missing from train, more unusable files than data.max_broken.
LabelledSet open_dataset(const DataOptions& options);

// open_dataset() without the refusals and the split: what there is, however bad. Throws Error only
// where nothing can be read at all: no folder, a manifest without header, an unknown class in
// data.ok.
LabelledSet read_dataset(const DataOptions& options);

// Throws Error where more images are broken than data.max_broken allows; names the first ones.
void refuse_broken(const DataOptions& options, const Dataset& dataset);

}  // namespace paucal::data
