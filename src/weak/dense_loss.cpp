#include "weak/dense_loss.h"

#include <torch/torch.h>

#include <algorithm>

namespace paucal::weak {
namespace {

constexpr double kMaxGrowth = 4;  // as edge::decode_box

at::Tensor indices(const std::vector<int64_t>& values, const at::Tensor& like) {
  return torch::tensor(values, at::kLong).to(like.device());
}
at::Tensor numbers(const std::vector<float>& values, const at::Tensor& like) {
  return torch::tensor(values, at::kFloat).to(like.device());
}

// Number of (image, anchor, label) in a [N, M, K] tensor.
struct Flat {
  int64_t anchors, classes;
  int64_t operator()(const auto& place) const {
    return (place.image * anchors + place.anchor) * classes + place.label;
  }
};

at::Tensor side_loss(const at::Tensor& anchors, const at::Tensor& deltas, const at::Tensor& truth) {
  const at::Tensor boxes = decode_boxes(anchors, deltas);
  const at::Tensor sides = (anchors.narrow(1, 2, 2) - anchors.narrow(1, 0, 2));
  const at::Tensor side = sides.prod(1).clamp_min(1e-6).sqrt();
  return 1 - generalised_iou(boxes, truth) + (boxes - truth).abs().mean(1) / side;
}

}  // namespace

void DenseTargets::add(int64_t image, std::span<const data::Target> boxes,
                       const Assignment& assignment, float side_share) {
  for (const Assigned& a : assignment.unsure)
    unsure.push_back({image, a.anchor, boxes[static_cast<size_t>(a.target)].label});
  for (const Assigned& a : assignment.positives) {
    const data::Target& target = boxes[static_cast<size_t>(a.target)];
    positives.push_back({image, a.anchor, target.label, target.weight,
                         side_share * target.weight, target.box});
  }
}

at::Tensor focal_positive(const at::Tensor& logits, const DetectionOptions& options) {
  return options.focal_alpha * (-logits).sigmoid().pow(options.focal_gamma) *
         torch::softplus(-logits);
}

at::Tensor focal_background(const at::Tensor& logits, const DetectionOptions& options) {
  return (1 - options.focal_alpha) * logits.sigmoid().pow(options.focal_gamma) *
         torch::softplus(logits);
}

at::Tensor decode_boxes(const at::Tensor& anchors, const at::Tensor& deltas) {
  const at::Tensor low = anchors.narrow(1, 0, 2), high = anchors.narrow(1, 2, 2);
  const at::Tensor size = high - low;
  const at::Tensor centre = (low + high) / 2 + deltas.narrow(1, 0, 2) * size;
  const at::Tensor half = size * deltas.narrow(1, 2, 2).clamp_max(kMaxGrowth).exp() / 2;
  return torch::cat({centre - half, centre + half}, 1);
}

at::Tensor generalised_iou(const at::Tensor& a, const at::Tensor& b) {
  constexpr double kTiny = 1e-7;
  const auto low = [](const at::Tensor& box) { return box.narrow(1, 0, 2); };
  const auto high = [](const at::Tensor& box) { return box.narrow(1, 2, 2); };
  const auto area = [](const at::Tensor& size) { return size.clamp_min(0).prod(1); };
  const at::Tensor both = area(torch::min(high(a), high(b)) - torch::max(low(a), low(b)));
  const at::Tensor either = area(high(a) - low(a)) + area(high(b) - low(b)) - both;
  const at::Tensor hull = area(torch::max(high(a), high(b)) - torch::min(low(a), low(b)));
  return both / (either + kTiny) - (hull - either) / (hull + kTiny);
}

DenseLoss dense_loss(const FlatOutput& output, const AnchorGrid& grid, const at::Tensor& valid,
                     const DenseTargets& targets, const DetectionOptions& options) {
  const int64_t n = targets.images, k = targets.classes;
  const Flat flat{grid.size(), k};
  const at::Tensor logits = output.logits.reshape({-1});
  std::vector<int64_t> objects, silent, places, labelled;
  std::vector<float> weights, side_weights, boxes;
  float sum = 0, side_sum = 0;
  for (const auto& p : targets.positives) {
    objects.push_back(flat(p));
    weights.push_back(p.weight);
    sum += p.weight;
    if (!(p.side_weight > 0)) continue;
    places.push_back(p.image * grid.size() + p.anchor);
    labelled.push_back(p.anchor);
    side_weights.push_back(p.side_weight);
    side_sum += p.side_weight;
    boxes.insert(boxes.end(), {p.box.x0, p.box.y0, p.box.x1, p.box.y1});
  }
  silent = objects;
  for (const auto& u : targets.unsure) silent.push_back(flat(u));

  const at::Tensor of_image = numbers(targets.background, logits).view({n, 1, k});
  const at::Tensor counts =
      (of_image * valid.unsqueeze(2).to(at::kFloat)).reshape({-1}).contiguous();
  if (!silent.empty()) counts.index_fill_(0, indices(silent, logits), 0);
  DenseLoss loss;
  loss.classes = (focal_background(logits, options) * counts).sum();
  if (!objects.empty())
    loss.classes =
        loss.classes + (focal_positive(logits.index_select(0, indices(objects, logits)), options) *
                        numbers(weights, logits))
                           .sum();
  // At least N: a batch of OK images alone must not shout.
  loss.classes = loss.classes / std::max(sum, static_cast<float>(n));

  if (places.empty()) {
    loss.sides = output.deltas.sum() * 0;
    return loss;
  }
  const at::Tensor deltas =
      output.deltas.reshape({-1, 4}).index_select(0, indices(places, logits));
  const at::Tensor anchors = grid.tensor.index_select(0, indices(labelled, logits));
  const at::Tensor each = side_loss(anchors, deltas, numbers(boxes, logits).view({-1, 4}));
  loss.sides = (each * numbers(side_weights, logits)).sum() / std::max(side_sum, 1e-6f);
  return loss;
}

}  // namespace paucal::weak
