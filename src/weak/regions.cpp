#include "weak/regions.h"

#include <torch/torch.h>

namespace paucal::weak {
namespace {

at::Tensor class_stream(const at::Tensor& classes, bool with_softmax) {
  return with_softmax ? classes.softmax(1) : classes.sigmoid();
}

}  // namespace

at::Tensor propose_regions(const at::Tensor& map, int stride,
                           const edge::ProposalOptions& options) {
  const at::Tensor plane = std::get<0>(map.detach().max(0)).to(at::kCPU, at::kFloat).contiguous();
  edge::Map logits(static_cast<int>(plane.size(1)), static_cast<int>(plane.size(0)));
  std::copy_n(plane.data_ptr<float>(), logits.values.size(), logits.values.begin());
  const std::vector<edge::Box> boxes = edge::propose_boxes(logits, stride, options);
  return torch::from_blob(const_cast<edge::Box*>(boxes.data()),
                          {static_cast<int64_t>(boxes.size()), 4})
      .clone();
}

at::Tensor wsddn_scores(const at::Tensor& classes, const at::Tensor& regions, bool with_softmax) {
  return class_stream(classes, with_softmax) * regions.softmax(0);
}

at::Tensor region_probabilities(const models::RegionOutput& output, bool with_softmax) {
  if (output.refined.empty()) {
    const at::Tensor share = output.regions.softmax(0);
    return class_stream(output.classes, with_softmax) * share / share.amax(0, /*keepdim=*/true);
  }
  at::Tensor sum;
  for (const at::Tensor& branch : output.refined) {
    const at::Tensor p = branch.softmax(1).narrow(1, 0, branch.size(1) - 1);
    sum = sum.defined() ? sum + p : p;
  }
  return sum / static_cast<double>(output.refined.size());
}

}  // namespace paucal::weak
