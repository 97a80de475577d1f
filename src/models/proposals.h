#pragma once
// Regions of an image that may hold an object, proposed from its class map (edge/post/proposals.h).

#include <ATen/core/Tensor.h>

#include "edge/post/proposals.h"

namespace paucal::models {

// Boxes [R, 4] in network pixels, proposed from the class map [C, h, w] of one image (logits
// without gradient), cells of `stride` pixels; of several channels the highest at each place.
at::Tensor propose_regions(const at::Tensor& map, int stride, const edge::ProposalOptions& options);

// The same of maps [N, C, h, w]: rois [N · count, 5] (image, x0, y0, x1, y1), image by image, as
// roi_align.h takes them.
at::Tensor propose_rois(const at::Tensor& maps, int stride, const edge::ProposalOptions& options);

}  // namespace paucal::models
