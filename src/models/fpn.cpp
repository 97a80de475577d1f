#include "models/fpn.h"

#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "models/layers.h"

namespace paucal::models {

Fpn::Fpn(const std::vector<int>& channels, int width) {
  for (size_t i = 0; i < channels.size(); ++i) {
    laterals_.push_back(
        register_module(fmt::format("lateral{}", i),
                        conv({.in = channels[i], .out = width, .kernel = 1, .bias = true})));
    outputs_.push_back(register_module(fmt::format("output{}", i),
                                       conv({.in = width, .out = width, .bias = true})));
  }
}

std::vector<at::Tensor> Fpn::forward(const std::vector<at::Tensor>& levels) {
  std::vector<at::Tensor> result(levels.size());
  at::Tensor top;
  for (size_t i = levels.size(); i-- > 0;) {
    at::Tensor level = laterals_[i]->forward(levels[i]);
    if (top.defined()) level = level + at::upsample_nearest2d(top, {level.size(2), level.size(3)});
    result[i] = outputs_[i]->forward(level);
    top = level;
  }
  return result;
}

}  // namespace paucal::models
