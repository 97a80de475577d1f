#include "weak/regions/regions.h"

#include <torch/torch.h>

#include "weak/dense/dense_loss.h"

namespace paucal::weak {
namespace {

at::Tensor class_stream(const at::Tensor& classes, bool with_softmax) {
  return with_softmax ? classes.softmax(1) : classes.sigmoid();
}

}  // namespace

at::Tensor wsddn_scores(const at::Tensor& classes, const at::Tensor& regions, bool with_softmax) {
  return class_stream(classes, with_softmax) * regions.softmax(0);
}

at::Tensor spatial_regulariser(const at::Tensor& features, const at::Tensor& scores,
                               const at::Tensor& boxes, const at::Tensor& present) {
  constexpr double kOverlap = 0.5;
  constexpr int64_t kMost = 10;
  at::Tensor sum = features.sum() * 0;
  const at::Tensor p = scores.detach().to(at::kCPU);
  for (int64_t k = 0; k < p.size(1); ++k) {
    if (present[k].item<float>() <= 0) continue;
    const auto best = p.select(1, k).argmax().item<int64_t>();
    const at::Tensor overlap = intersection_over_union(boxes, boxes[best].expand_as(boxes));
    at::Tensor near = (overlap > kOverlap).to(at::kCPU).nonzero().squeeze(1);
    const at::Tensor order = p.select(1, k).index_select(0, near).argsort(0, /*descending=*/true);
    near = near.index_select(0, order.slice(0, 0, kMost)).to(features.device());
    const at::Tensor apart = features.index_select(0, near) - features[best];
    const double score = p[best][k].item<double>();
    sum = sum + 0.5 * score * score * apart.square().sum();
  }
  return sum;
}

at::Tensor region_probabilities(const models::RegionOutput& output, bool with_softmax) {
  if (output.refined.empty()) {
    const at::Tensor p = class_stream(output.classes, with_softmax);
    if (!with_softmax) return p;
    const at::Tensor share = output.regions.softmax(0);
    return p * share / share.amax(0, /*keepdim=*/true);
  }
  at::Tensor sum;
  for (const at::Tensor& branch : output.refined) {
    const at::Tensor p = branch.softmax(1).slice(1, 0, branch.size(1) - 1);
    sum = sum.defined() ? sum + p : p;
  }
  return sum / static_cast<double>(output.refined.size());
}

}  // namespace paucal::weak
