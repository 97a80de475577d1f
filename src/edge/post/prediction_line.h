#pragma once
// What a line of `predict` says of an image, beside its path: the same wherever a model runs.

#include "edge/post/interpret.h"

namespace paucal::edge {

// Verdict or class, boxes, "heat_peak".
Json prediction_line(const ModelCard& card, const Prediction& prediction);

}  // namespace paucal::edge
