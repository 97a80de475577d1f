#pragma once
// What people gave of places, for training: each image may carry boxes, points, "nothing here", or
// guesses of a program; one set may mix them.

#include "data/file_index.h"
#include "data/options.h"
#include "data/record.h"

namespace paucal::data {

// Reads options.boxes into Record::supervision and Record::given; classes must be named before.
// What names images that are not there, or boxes that lie outside of theirs, becomes a problem.
// Throws Error where options.boxes does not exist or can't be read as a whole.
void attach_supervision(const DataOptions& options, Dataset& dataset);

}  // namespace paucal::data
