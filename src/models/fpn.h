#pragma once
// Feature pyramid network (Lin et al., CVPR 2017): a path from the coarsest level to the finest,
// enlarged by nearest neighbour and added to 1×1 laterals, then one 3×3 convolution a level.

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>

#include <memory>
#include <vector>

namespace torch::nn {
class Conv2dImpl;
}

namespace paucal::models {

class Fpn : public torch::nn::Module {
 public:
  // `channels`: of each level, finest first.
  Fpn(const std::vector<int>& channels, int width);
  // levels [N, C_i, h_i, w_i], finest first → [N, width, h_i, w_i].
  std::vector<at::Tensor> forward(const std::vector<at::Tensor>& levels);

 private:
  std::vector<std::shared_ptr<torch::nn::Conv2dImpl>> laterals_, outputs_;
};

}  // namespace paucal::models
