#include "weak/regions/region_seeds.h"

#include <torch/torch.h>

#include <algorithm>

namespace paucal::weak {
namespace {

constexpr float kSame = 0.5f, kOutsideRegions = 0.1f;

// Of the smaller one.
float shared_part(const edge::Box& a, const edge::Box& b) {
  const edge::Box both{std::max(a.x0, b.x0), std::max(a.y0, b.y0), std::min(a.x1, b.x1),
                       std::min(a.y1, b.y1)};
  const float smaller = std::min(a.area(), b.area());
  return smaller > 0 ? both.area() / smaller : 0;
}

}  // namespace

at::Tensor boxes_of(const std::vector<data::Target>& targets) {
  std::vector<float> values;
  for (const data::Target& target : targets)
    for (const float side : {target.box.x0, target.box.y0, target.box.x1, target.box.y1})
      values.push_back(side);
  return torch::tensor(values).reshape({-1, 4});
}

edge::Box box_at(const at::Tensor& boxes, int64_t row) {
  const at::Tensor box = boxes[row].to(at::kCPU, at::kFloat).contiguous();
  const float* sides = box.data_ptr<float>();
  return {sides[0], sides[1], sides[2], sides[3]};
}

RegionTargets label_by_seeds(const at::Tensor& boxes, const std::vector<data::Target>& seeds,
                             int64_t classes, Elsewhere elsewhere) {
  const int64_t count = boxes.size(0);
  const bool unknown = elsewhere == Elsewhere::kUnknown;
  RegionTargets targets{torch::full({count}, classes, at::kLong),
                        torch::full({count}, unknown ? 0.f : 1.f),
                        torch::full({count}, -1, at::kLong), boxes_of(seeds)};
  const at::Tensor plain = boxes.to(at::kCPU, at::kFloat).contiguous();
  const auto b = plain.accessor<float, 2>();
  auto label = targets.labels.accessor<int64_t, 1>();
  auto weight = targets.weights.accessor<float, 1>();
  auto owner = targets.seeds.accessor<int64_t, 1>();
  for (int64_t r = 0; r < count && !seeds.empty(); ++r) {
    const edge::Box box{b[r][0], b[r][1], b[r][2], b[r][3]};
    const auto overlap = [&](const data::Target& seed) { return edge::iou(box, seed.box); };
    const auto nearest = std::ranges::max_element(seeds, {}, overlap);
    const bool same = overlap(*nearest) >= kSame;
    if (same || (unknown && shared_part(box, nearest->box) >= kOutsideRegions))
      weight[r] = nearest->weight;
    if (!same) continue;
    label[r] = nearest->label;
    owner[r] = nearest - seeds.begin();
  }
  return targets;
}

}  // namespace paucal::weak
