#include "weak/dense/dense_loss.h"

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

}  // namespace

void DenseTargets::add(int64_t image, std::span<const data::Target> boxes,
                       const Assignment& assignment, float side_share) {
  for (const Assigned& a : assignment.unsure)
    unsure.push_back({image, a.anchor, boxes[static_cast<size_t>(a.target)].label});
  for (const Assigned& a : assignment.positives) {
    const data::Target& target = boxes[static_cast<size_t>(a.target)];
    positives.push_back(
        {image, a.anchor, target.label, target.weight, side_share * target.weight, target.box});
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

at::Tensor quality_focal(const at::Tensor& logits, const at::Tensor& quality,
                         const DetectionOptions& options) {
  // Cross-entropy with a soft target, from logits.
  const at::Tensor entropy = torch::softplus(logits) - quality * logits;
  return (quality - logits.sigmoid()).abs().pow(options.focal_gamma) * entropy;
}

namespace {

// Of pairs of boxes [P, 4]: areas in common, together, and of the hull, each [P].
struct Areas {
  at::Tensor both, either, hull;
  Areas(const at::Tensor& a, const at::Tensor& b) {
    const auto low = [](const at::Tensor& box) { return box.narrow(1, 0, 2); };
    const auto high = [](const at::Tensor& box) { return box.narrow(1, 2, 2); };
    const auto area = [](const at::Tensor& size) { return size.clamp_min(0).prod(1); };
    both = area(torch::min(high(a), high(b)) - torch::max(low(a), low(b)));
    either = area(high(a) - low(a)) + area(high(b) - low(b)) - both;
    hull = area(torch::max(high(a), high(b)) - torch::min(low(a), low(b)));
  }
};
constexpr double kTiny = 1e-7;

}  // namespace

at::Tensor intersection_over_union(const at::Tensor& a, const at::Tensor& b) {
  const Areas areas(a, b);
  return areas.both / (areas.either + kTiny);
}

at::Tensor generalised_iou(const at::Tensor& a, const at::Tensor& b) {
  const Areas areas(a, b);
  return areas.both / (areas.either + kTiny) - (areas.hull - areas.either) / (areas.hull + kTiny);
}

at::Tensor side_loss(const at::Tensor& boxes, const at::Tensor& truth, const at::Tensor& anchors) {
  const at::Tensor sides = (anchors.narrow(1, 2, 2) - anchors.narrow(1, 0, 2));
  const at::Tensor side = sides.prod(1).clamp_min(1e-6).sqrt();
  return 1 - generalised_iou(boxes, truth) + (boxes - truth).abs().mean(1) / side;
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
    places.push_back(p.image * grid.size() + p.anchor);
    labelled.push_back(p.anchor);
    weights.push_back(p.weight);
    side_weights.push_back(p.side_weight);
    sum += p.weight;
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
  // At least N: a batch of OK images alone must not shout.
  const float scale = std::max(sum, static_cast<float>(n));
  if (objects.empty()) {
    loss.classes = loss.classes / scale;
    loss.sides = output.deltas.sum() * 0;
    return loss;
  }
  const at::Tensor found =
      decode_boxes(grid.tensor.index_select(0, indices(labelled, logits)),
                   output.deltas.reshape({-1, 4}).index_select(0, indices(places, logits)));
  const at::Tensor truth = numbers(boxes, logits).view({-1, 4});
  const at::Tensor side_weight = numbers(side_weights, logits);
  const at::Tensor of_object = logits.index_select(0, indices(objects, logits));
  // Where sides are not taught, how good they are says nothing.
  at::Tensor quality = torch::ones_like(of_object);
  if (options.quality)
    quality =
        torch::where(side_weight > 0, intersection_over_union(found.detach(), truth), quality);
  const at::Tensor each = options.quality ? quality_focal(of_object, quality, options)
                                          : focal_positive(of_object, options);
  loss.classes = (loss.classes + (each * numbers(weights, logits)).sum()) / scale;
  loss.sides = (side_loss(found, truth, grid.tensor.index_select(0, indices(labelled, logits))) *
                side_weight)
                   .sum() /
               std::max(side_sum, 1e-6f);
  return loss;
}

}  // namespace paucal::weak
