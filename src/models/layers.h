#pragma once
// The small parts that the networks share: convolutions, norms, strides against dilation, and
// initial weights.

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

#include <cstdint>
#include <string>
#include <vector>

#include "models/model_options.h"

namespace paucal::models {

// A square convolution that keeps ceil(size / stride): padding = dilation · (kernel − 1) / 2,
// unless whoever calls it pads.
struct ConvShape {
  int in = 0;
  int out = 0;
  int kernel = 3;
  int stride = 1;
  int dilation = 1;
  bool bias = false;
  int groups = 1;
  bool pads = true;
};
std::shared_ptr<torch::nn::Conv2dImpl> conv(const ConvShape& shape);

// Batch norm; momentum is the share of the newest batch.
struct Norm {
  double momentum = 0.1;
  double eps = 1e-5;

  // Values of `options` that are not 0 go first.
  Norm overridden_by(const ModelOptions& options) const;
};
std::shared_ptr<torch::nn::BatchNorm2dImpl> batch_norm(int channels, const Norm& norm);

// How one stage begins. The strided convolution still sees the stage before it, at that stage's
// spacing (first_dilation); those after it see the spacing it would have made (dilation). So the
// dilated network computes what the strided one does, at more places (Chen et al., DeepLab).
struct StageStep {
  int stride = 1;
  int first_dilation = 1;
  int dilation = 1;
};

// The strides of a network: of its stem and, in `stages`, of each stage.
struct Strides {
  int stem = 1;
  std::vector<int> stages;

  int natural() const;  // their product
};

// The last strides turn into dilations until `output_stride` is met; 0 keeps all strides.
// Throws Error, naming `arch` and what it can do, if that is impossible.
std::vector<StageStep> plan_stages(const Strides& strides, int output_stride,
                                   const std::string& arch);

// Convolutions: normal with variance 2 / (out · kernel²) (He et al. 2015, fan-out), bias 0. Linear
// layers: normal with variance 2 / in. Norms: 1 and 0. The head `fc`: uniform within ±1/√C, bias 0.
// Drawn with Random, one stream a parameter, so a layer's weights do not depend on those of others.
void init_weights(torch::nn::Module& model, uint64_t seed);

}  // namespace paucal::models
