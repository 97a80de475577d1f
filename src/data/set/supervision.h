#pragma once
// What people gave of places, for training: each image may carry boxes, points, "nothing here", or
// guesses of a program; one set may mix them.

#include "data/files/file_index.h"
#include "data/set/options.h"
#include "data/set/record.h"

namespace paucal::data {

// Reads options.boxes into Record::supervision and Record::given; classes must be named before. An
// image may be annotated in several places: all of them count. Where some of its objects are
// guesses of a program, or could not be read, others may be missing: it stays kTag. Names of images
// that are not there, boxes on OK images and defect images without any become problems; boxes
// outside of their image are named by check_dataset(). Throws Error where options.boxes does not
// exist or can't be read as a whole.
void attach_supervision(const DataOptions& options, Dataset& dataset);

// Reads options.calibrate in the same way, after the splits are known: the images that it names,
// and those of their groups, are held out from training to choose thresholds and weights; what
// options.boxes says of them no longer counts. Throws Error where one is a test image, or none has
// a box.
void hold_out_calibration(const DataOptions& options, Dataset& dataset);

}  // namespace paucal::data
