#pragma once
// The regions of an image and what the region head says of them, the same for training and
// prediction.

#include "edge/post/proposals.h"
#include "models/detector.h"
#include "weak/box_method.h"

namespace paucal::weak {

// Boxes [R, 4] in network pixels, proposed from the class map [C, h, w] of one image (logits
// without gradient), cells of `stride` pixels; of several channels the highest at each place.
at::Tensor propose_regions(const at::Tensor& map, int stride, const edge::ProposalOptions& options);

// Streams of the regions of one image → x [R, K] = class stream ⊙ softmax over the regions of the
// detection stream; its sum over regions is the image's probability (Bilen and Vedaldi, WSDDN,
// CVPR 2016, equations 1 to 3). `with_softmax`: classes compete, else each has its own sigmoid.
at::Tensor wsddn_scores(const at::Tensor& classes, const at::Tensor& regions, bool with_softmax);

// What a region shows, as probabilities [R, K]: the mean of the branches without background; with
// no branch WSDDN's product, divided by the largest of the softmax so that the best region has the
// probability of its class stream, however many regions there are.
at::Tensor region_probabilities(const models::RegionOutput& output, bool with_softmax);

}  // namespace paucal::weak
