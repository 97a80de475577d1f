#pragma once
// Regions of an image that may hold an object, proposed from its class map (edge/post/proposals.h).

#include <ATen/core/Tensor.h>

#include "edge/post/proposals.h"

namespace paucal::models {

// Of class maps [N, C, h, w] (logits without gradient), cells of `stride` network pixels; of
// several channels the highest at each place. Rois [N · count, 5] (image, x0, y0, x1, y1) in
// network pixels, image by image, as roi_align.h takes them.
at::Tensor propose_rois(const at::Tensor& maps, int stride, const edge::ProposalOptions& options);

}  // namespace paucal::models
