#pragma once
// Whether the masks of a set are masks, of their images.

#include "data/set/options.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// Reads the mask of each record, one a thread at a time. Photos (a raw PNG beside its preview) and
// damaged masks are truth no longer; they, other sizes than the image's, masks that mark a defect
// on OK images and masks without any become problems. Classes must be named before.
void check_masks(const DataOptions& options, LabelledSet& set);

}  // namespace paucal::data
