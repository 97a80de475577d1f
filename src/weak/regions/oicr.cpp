// OICR (Tang et al., CVPR 2017): the best region of each class present is the seed.

#include <torch/torch.h>

#include "weak/regions/region_seeds.h"

namespace paucal::weak {
namespace {

RegionTargets oicr_targets(const RegionScores& s) {
  std::vector<data::Target> seeds;
  for (int64_t k = 0; k < s.scores.size(1) && s.scores.size(0) > 0; ++k) {
    if (s.present[k].item<float>() < .5f) continue;
    const auto best = s.scores.select(1, k).argmax().item<int64_t>();
    seeds.push_back({box_at(s.boxes, best), static_cast<int>(k), s.scores[best][k].item<float>()});
  }
  return label_by_seeds(s.boxes, seeds, s.scores.size(1));
}

}  // namespace

extern const RefinementInfo refinement_oicr;
const RefinementInfo refinement_oicr = {"oicr", oicr_targets, /*first_weight=*/3, /*boxes=*/false};

}  // namespace paucal::weak
