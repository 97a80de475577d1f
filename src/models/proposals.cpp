#include "models/proposals.h"

#include <torch/library.h>
#include <torch/torch.h>

#include <algorithm>

namespace paucal::models {
namespace {

// [R, 4] of one map [C, h, w].
at::Tensor regions_of(const at::Tensor& map, int stride, const edge::ProposalOptions& options) {
  const at::Tensor plane = std::get<0>(map.detach().max(0)).to(at::kCPU, at::kFloat).contiguous();
  edge::Map logits(static_cast<int>(plane.size(1)), static_cast<int>(plane.size(0)));
  std::copy_n(plane.data_ptr<float>(), logits.values.size(), logits.values.begin());
  const std::vector<edge::Box> boxes = edge::propose_boxes(logits, stride, options);
  return torch::from_blob(const_cast<edge::Box*>(boxes.data()),
                          {static_cast<int64_t>(boxes.size()), 4})
      .clone();
}

at::Tensor rois_of(const at::Tensor& maps, int64_t stride, int64_t count, double min_side) {
  std::vector<at::Tensor> rois;
  for (int64_t i = 0; i < maps.size(0); ++i) {
    const at::Tensor boxes =
        regions_of(maps[i], static_cast<int>(stride), {static_cast<int>(count), min_side});
    rois.push_back(torch::cat({torch::full({boxes.size(0), 1}, static_cast<double>(i)), boxes}, 1));
  }
  return torch::cat(rois).to(maps.device());
}

// By name, so that libtorch's tracer sees one op (trace/images.cpp) and not what it is made of.
TORCH_LIBRARY_FRAGMENT(paucal, library) {
  library.def("propose_regions(Tensor maps, int stride, int count, float min_side) -> Tensor",
              rois_of);
}

}  // namespace

at::Tensor propose_rois(const at::Tensor& maps, int stride, const edge::ProposalOptions& options) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("paucal::propose_regions", "")
                             .typed<decltype(rois_of)>();
  return op.call(maps, stride, options.count, options.min_side);
}

}  // namespace paucal::models
