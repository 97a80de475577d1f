#pragma once
// Where the judges take a network's raw predictions from: a run's stored ones, or a network that
// looks now. None of them knows which.

#include <functional>

#include "edge/post/interpret.h"

namespace paucal::judge {

using edge::Prediction;
using edge::RawPrediction;

// Of a record of the data set. Throws Error where there is none.
using RawSource = std::function<RawPrediction(int record)>;
// Of an image that is no record: a held-out one with a pasted defect.
using RawOfImage = std::function<RawPrediction(const edge::Fitted& image)>;
// Asks `look` once for all images that are the same, and keeps what it says.
RawOfImage remembered(RawOfImage look);

}  // namespace paucal::judge
