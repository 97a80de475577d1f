#pragma once
// An image, or the surroundings of a point, as a bag of anchors: at least one of them is an object
// (Dietterich et al., 1997). Which one, nobody said.

#include <ATen/core/Tensor.h>

#include "weak/dense/detection_options.h"

namespace paucal::weak {

// logits [B, L], inside [B, L] bool: the members of each bag → the bag's logit [B]. A bag without
// members: 0, and no gradient.
//   lse        (1/r) log mean e^{rz} (Pinheiro and Collobert, CVPR 2015)
//   topk       logit of the mean probability of the best `top` of the members, at least one
//   attention  logit of Σ softmax(z) σ(z): the surer a member, the more it counts
// Not the noisy-or, 1 - Π(1 - p): of 10⁴ anchors that start at .01 it is 1, and nothing is learnt.
at::Tensor bag_logits(const at::Tensor& logits, const at::Tensor& inside,
                      const BagOptions& options);

}  // namespace paucal::weak
