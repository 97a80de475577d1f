#pragma once
// SEAM (Wang et al., "Self-supervised equivariant attention mechanism for weakly supervised
// semantic segmentation", CVPR 2020): an image and a small copy of it must have the same class
// maps, and each map must look like the other one after it has spread to places of the same
// appearance. A map that shows the striking part alone is pulled over the whole object.
//
// The paper keeps the attention that spreads maps (pixel correlation module) and reads its output.
// Here it only teaches: the class map learns what the attention says, so that what is kept and
// deployed is the network as without it.

#include "train/method.h"
#include "weak/map/seam_options.h"

namespace paucal::weak {

// What of the class map shows an object: `channel[label]` is the channel of a label, -1 where the
// label means that there is nothing (OK).
struct SeamSetting {
  SeamOptions options;
  std::vector<int64_t> channel;
  int multiple = 1;  // sides of what the network reads are multiples of this
};

// Around the loss of the class map, which both scales get, half of it each. `model`: the network
// that will be trained. Throws Error where it has fewer than two stages.
std::shared_ptr<train::Method> make_seam(const SeamSetting& setting,
                                         std::shared_ptr<train::MapMethod> map_method,
                                         models::ImageModel& model);

// ---- The pieces, for tests ----

// Class maps [N, K, h, w] of logits as SEAM compares them: ReLU, then by the largest value of each
// map; 0 for the channels that an image does not show (`shown` [N, K]).
at::Tensor normalised_maps(const at::Tensor& maps, const at::Tensor& shown);
// [N, K, h, w] → [N, 1 + K, h, w]: the background first, 1 - the largest.
at::Tensor with_background(const at::Tensor& maps);
// Spreads maps [N, K, h, w] to places alike in `features` [N, C, h, w]: cosine, negative ones cut,
// each column of the affinity summing to 1 (equations 8 and 9).
at::Tensor spread_maps(const at::Tensor& maps, const at::Tensor& features);

}  // namespace paucal::weak
