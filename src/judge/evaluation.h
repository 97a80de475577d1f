#pragma once
// Every figure of a trained model, on the test images of a data set alone.

#include "data/set/truth_table.h"
#include "judge/raw_source.h"
#include "metrics/figures.h"

namespace paucal::judge {

// Validation images freeze the threshold of MaxBoxAccV2; nothing else of theirs is used. No image
// is decoded. `max_pixels`: of a mask. Throws Error where there are no test images.
metrics::Figures evaluate(const edge::ModelCard& card, const data::Dataset& dataset,
                          const data::Truth& drawn, const RawSource& raw, int64_t max_pixels);

}  // namespace paucal::judge
