// PCL (Tang et al., TPAMI 2018): clusters of regions around a few centres of high score; the
// regions of a cluster are one bag, so that not each of them must be the object.

#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "weak/regions/region_seeds.h"

namespace paucal::weak {
namespace {

constexpr int kMeans = 3, kRounds = 20;
constexpr float kEdge = 0.4f;  // IoU from which on two regions are neighbours
constexpr size_t kMostCentres = 5;

// The values of the highest of three clusters (k-means from minimum, middle and maximum).
std::vector<int64_t> highest(const std::vector<float>& values) {
  const auto [low, high] = std::ranges::minmax_element(values);
  std::array<float, kMeans> mean = {*low, (*low + *high) / 2, *high};
  std::vector<int> cluster(values.size());
  for (int round = 0; round < kRounds; ++round) {
    std::array<double, kMeans> sum{};
    std::array<int, kMeans> count{};
    for (size_t i = 0; i < values.size(); ++i) {
      int best = 0;
      for (int c = 1; c < kMeans; ++c)
        if (std::abs(values[i] - mean[static_cast<size_t>(c)]) <=
            std::abs(values[i] - mean[static_cast<size_t>(best)]))
          best = c;
      cluster[i] = best;
      sum[static_cast<size_t>(best)] += values[i];
      ++count[static_cast<size_t>(best)];
    }
    for (size_t c = 0; c < kMeans; ++c)
      if (count[c] > 0) mean[c] = static_cast<float>(sum[c] / count[c]);
  }
  const int top = *std::ranges::max_element(cluster);
  std::vector<int64_t> result;
  for (size_t i = 0; i < values.size(); ++i)
    if (cluster[i] == top) result.push_back(static_cast<int64_t>(i));
  return result;
}

RegionTargets pcl_targets(const RegionScores& s) {
  const int64_t regions = s.scores.size(0), classes = s.scores.size(1);
  const at::Tensor plain = s.boxes.to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor scores = s.scores.to(at::kCPU, at::kFloat).contiguous();
  const auto b = plain.accessor<float, 2>();
  const auto score = scores.accessor<float, 2>();
  const auto box = [&](int64_t r) { return edge::Box{b[r][0], b[r][1], b[r][2], b[r][3]}; };
  const auto overlap = [&](int64_t i, int64_t j) { return edge::iou(box(i), box(j)); };
  std::vector<data::Target> seeds;
  for (int64_t k = 0; k < classes && regions > 0; ++k) {
    if (s.present[k].item<float>() < .5f) continue;
    std::vector<float> values;
    for (int64_t r = 0; r < regions; ++r) values.push_back(score[r][k]);
    std::vector<int64_t> left = highest(values);
    for (size_t centre = 0; centre < kMostCentres && !left.empty(); ++centre) {
      // The region with most neighbours; of equals the one of higher score.
      int64_t best = left[0];
      std::vector<int64_t> around_best;
      for (const int64_t r : left) {
        std::vector<int64_t> around;
        for (const int64_t other : left)
          if (overlap(r, other) > kEdge) around.push_back(other);
        const bool better = around.size() > around_best.size() ||
                            (around.size() == around_best.size() && score[r][k] > score[best][k]);
        if (!better) continue;
        best = r;
        around_best = std::move(around);
      }
      float weight = score[best][k];
      for (const int64_t r : around_best) weight = std::max(weight, score[r][k]);
      seeds.push_back({box(best), static_cast<int>(k), weight});
      std::erase_if(left, [&](int64_t r) {
        return r == best || std::ranges::find(around_best, r) != around_best.end();
      });
    }
  }
  RegionTargets targets = label_by_seeds(s.boxes, seeds, classes);
  targets.clusters = targets.seeds;
  return targets;
}

}  // namespace

extern const RefinementInfo refinement_pcl;
const RefinementInfo refinement_pcl = {"pcl", pcl_targets, /*first_weight=*/3, /*boxes=*/false};

}  // namespace paucal::weak
