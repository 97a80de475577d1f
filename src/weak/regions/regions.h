#pragma once
// What a region head says of the regions of an image, the same for training and prediction.

#include "models/box_head.h"
#include "weak/dense/box_method.h"

namespace paucal::weak {

// Streams of the regions of one image → x [R, K] = class stream ⊙ softmax over the regions of the
// detection stream; its sum over regions is the image's probability (Bilen and Vedaldi, WSDDN,
// CVPR 2016, equations 1 to 3). `with_softmax`: classes compete, else each has its own sigmoid.
at::Tensor wsddn_scores(const at::Tensor& classes, const at::Tensor& regions, bool with_softmax);

// Regions about the best one should look like it, or parts win: the sum over the classes that the
// image shows of ½ p² ‖φ_r - φ_best‖² over the up to ten regions of highest score, among those that
// overlap the best one by more than .5 (Bilen and Vedaldi, equation 5). p, its score, is given:
// the term is not to be had by being unsure. features [R, D], scores and boxes of one image, [R, K]
// and [R, 4]; present [K]. Scalar.
at::Tensor spatial_regulariser(const at::Tensor& features, const at::Tensor& scores,
                               const at::Tensor& boxes, const at::Tensor& present);

// What a region shows, as probabilities [R, K]: the mean of the branches without background. With
// no branch the class stream, which learned of each region by itself; of classes that compete, and
// so cannot say "nothing", times the detection stream divided by its largest, so that the best
// region has the probability of its class stream, however many regions there are.
at::Tensor region_probabilities(const models::RegionOutput& output, bool with_softmax);

}  // namespace paucal::weak
