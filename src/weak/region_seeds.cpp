#include "weak/region_seeds.h"

#include <torch/torch.h>

namespace paucal::weak {
namespace {

constexpr float kSame = 0.5f, kElsewhere = 0.1f;

edge::Box box_at(const at::TensorAccessor<float, 2>& boxes, int64_t r) {
  return {boxes[r][0], boxes[r][1], boxes[r][2], boxes[r][3]};
}

}  // namespace

RegionTargets label_by_seeds(const at::Tensor& boxes, const std::vector<RegionSeed>& seeds,
                             int64_t classes) {
  const int64_t count = boxes.size(0);
  RegionTargets targets{torch::full({count}, classes, at::kLong), torch::zeros({count}),
                        torch::arange(count)};
  const at::Tensor plain = boxes.to(at::kCPU, at::kFloat).contiguous();
  const auto box = plain.accessor<float, 2>();
  auto label = targets.labels.accessor<int64_t, 1>();
  auto weight = targets.weights.accessor<float, 1>();
  auto owner = targets.seeds.accessor<int64_t, 1>();
  for (int64_t r = 0; r < count; ++r) {
    const RegionSeed* nearest = nullptr;
    float most = -1;
    for (const RegionSeed& seed : seeds) {
      const float overlap = edge::iou(box_at(box, r), box_at(box, seed.region));
      if (overlap <= most) continue;
      most = overlap;
      nearest = &seed;
    }
    if (!nearest || most < kElsewhere) continue;
    weight[r] = nearest->weight;
    if (most < kSame) continue;
    label[r] = nearest->label;
    owner[r] = nearest->region;
  }
  return targets;
}

RegionTargets label_by_boxes(const at::Tensor& boxes, const std::vector<data::Target>& objects,
                             int64_t classes) {
  const int64_t count = boxes.size(0);
  RegionTargets targets{torch::full({count}, classes, at::kLong), torch::ones({count}),
                        torch::full({count}, -1, at::kLong)};
  const at::Tensor plain = boxes.to(at::kCPU, at::kFloat).contiguous();
  const auto box = plain.accessor<float, 2>();
  auto label = targets.labels.accessor<int64_t, 1>();
  auto weight = targets.weights.accessor<float, 1>();
  auto owner = targets.seeds.accessor<int64_t, 1>();
  for (int64_t r = 0; r < count; ++r) {
    float most = kSame;
    for (size_t i = 0; i < objects.size(); ++i) {
      const float overlap = edge::iou(box_at(box, r), objects[i].box);
      if (overlap < most) continue;
      most = overlap;
      label[r] = objects[i].label;
      weight[r] = objects[i].weight;
      owner[r] = static_cast<int64_t>(i);
    }
  }
  return targets;
}

}  // namespace paucal::weak
