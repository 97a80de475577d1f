// MIST (Ren et al., CVPR 2020): many seeds of each class, of the best 15 % of the regions those
// that overlap no better one by .2; each branch teaches the sides, too.

#include <torch/torch.h>

#include <cmath>

#include "weak/regions/region_seeds.h"

namespace paucal::weak {
namespace {

constexpr double kShare = 0.15;
constexpr float kApart = 0.2f;

RegionTargets mist_targets(const RegionScores& s) {
  const int64_t regions = s.scores.size(0);
  std::vector<data::Target> seeds;
  const at::Tensor plain = s.boxes.to(at::kCPU, at::kFloat).contiguous();
  const auto b = plain.accessor<float, 2>();
  const auto box = [&](int64_t r) { return edge::Box{b[r][0], b[r][1], b[r][2], b[r][3]}; };
  for (int64_t k = 0; k < s.scores.size(1) && regions > 0; ++k) {
    if (s.present[k].item<float>() < .5f) continue;
    const auto count = std::max<int64_t>(1, std::llround(kShare * static_cast<double>(regions)));
    const auto order = std::get<1>(s.scores.select(1, k).sort(/*stable=*/true, 0, true));
    std::vector<data::Target> own;
    for (int64_t i = 0; i < count; ++i) {
      const auto r = order[i].item<int64_t>();
      const bool apart = std::ranges::all_of(
          own, [&](const data::Target& better) { return edge::iou(box(r), better.box) < kApart; });
      if (apart) own.push_back({box(r), static_cast<int>(k), s.scores[r][k].item<float>()});
    }
    seeds.insert(seeds.end(), own.begin(), own.end());
  }
  return label_by_seeds(s.boxes, seeds, s.scores.size(1));
}

}  // namespace

extern const RefinementInfo refinement_mist;
const RefinementInfo refinement_mist = {"mist", mist_targets, /*first_weight=*/3, /*boxes=*/true};

}  // namespace paucal::weak
