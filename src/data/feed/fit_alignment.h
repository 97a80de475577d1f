#pragma once
// What view.align learns from OK images: how large parts are, and which of them is the template.

#include "data/set/record.h"
#include "edge/pre/preprocess.h"

namespace paucal::data {

// Sets options.alignment by the OK images of the training split, at most 32 of them, evenly drawn.
// Throws Error where none of them shows a part, or the mask of input.ignore would have to turn
// with it. Images that cannot be read are passed over: decode names them.
void fit_alignment(const Dataset& dataset, edge::Align by, int64_t max_pixels,
                   edge::PreprocessOptions& options);

// The same of these images, cut to the region of interest. Throws Error where none shows a part.
edge::Alignment alignment_of(const std::vector<edge::Image>& images, edge::Align by);

}  // namespace paucal::data
