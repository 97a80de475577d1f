#include "models/convnext.h"

#include <ATen/ops/gelu.h>
#include <ATen/ops/ones.h>
#include <fmt/format.h>
#include <torch/nn/modules/normalization.h>

#include "base/error.h"
#include "models/convnext_layers.h"
#include "models/layers.h"
#include "models/stages_plan.h"

namespace paucal::models {
namespace {

const Strides kConvNextStrides{4, {1, 2, 2, 2}};
constexpr double kLayerNormEps = 1e-6;

// Over the channels of each place.
class ChannelNorm : public torch::nn::LayerNormImpl {
 public:
  explicit ChannelNorm(int channels)
      : torch::nn::LayerNormImpl(
            torch::nn::LayerNormOptions({int64_t{channels}}).eps(kLayerNormEps)) {}
  at::Tensor over_channels(const at::Tensor& x) {
    return forward(x.permute({0, 2, 3, 1})).permute({0, 3, 1, 2});
  }
};

class ConvNextBlock : public torch::nn::Module {
 public:
  explicit ConvNextBlock(int width) {
    depthwise_ = register_module(
        "depthwise", conv({.in = width, .out = width, .kernel = 7, .bias = true, .groups = width}));
    norm_ = register_module("norm", std::make_shared<ChannelNorm>(width));
    fc1_ = register_module("fc1", conv({.in = width, .out = 4 * width, .kernel = 1, .bias = true}));
    fc2_ = register_module("fc2", conv({.in = 4 * width, .out = width, .kernel = 1, .bias = true}));
    gamma_ = register_parameter("gamma", at::ones({width}));
  }

  at::Tensor forward(const at::Tensor& x) {
    const at::Tensor y = norm_->over_channels(depthwise_->forward(x));
    return x + fc2_->forward(at::gelu(fc1_->forward(y))) * gamma_.view({1, -1, 1, 1});
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> depthwise_, fc1_, fc2_;
  std::shared_ptr<ChannelNorm> norm_;
  at::Tensor gamma_;
};

class ConvNextStage : public torch::nn::Module {
 public:
  // The stem, of which this is the first stage, has its norm behind the convolution.
  ConvNextStage(int in, int width, int depth, bool is_first) : is_first_(is_first) {
    const int side = is_first ? 4 : 2;
    down_norm_ = register_module("down_norm", std::make_shared<ChannelNorm>(is_first ? width : in));
    down_ = register_module(
        "down",
        conv(
            {.in = in, .out = width, .kernel = side, .stride = side, .bias = true, .pads = false}));
    const auto blocks = register_module("blocks", std::make_shared<torch::nn::Module>());
    for (int i = 0; i < depth; ++i)
      blocks_.push_back(
          blocks->register_module(std::to_string(i), std::make_shared<ConvNextBlock>(width)));
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = is_first_ ? down_norm_->over_channels(down_->forward(x))
                             : down_->forward(down_norm_->over_channels(x));
    for (auto& block : blocks_) y = block->forward(y);
    return y;
  }

 private:
  bool is_first_;
  std::shared_ptr<ChannelNorm> down_norm_;
  std::shared_ptr<torch::nn::Conv2dImpl> down_;
  std::vector<std::shared_ptr<ConvNextBlock>> blocks_;
};

class ConvNext : public ImageModel {
 public:
  ConvNext(const ModelOptions& options, int classes, const ConvNextPlan& plan)
      : ImageModel(options, classes, kConvNextStrides.natural()) {
    const StagesPlan stages = plan_network(kConvNextStrides, options);
    const auto all = register_module("stages", std::make_shared<torch::nn::Module>());
    int in = options.channels;
    for (size_t s = 0; s < stages.steps.size(); ++s) {
      if (stages.steps[s].stride != kConvNextStrides.stages[s])
        fail("models", "{}: output_stride {}, expected 0: model.cut or model.taps", options.arch,
             options.output_stride);
      stages_.push_back(all->register_module(
          std::to_string(s),
          std::make_shared<ConvNextStage>(in, plan.widths[s], plan.depths[s], s == 0)));
      in = plan.widths[s];
    }
    set_plan(stages);
    register_head(stages.width_of(plan.widths));
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = x;
    for (auto& stage : stages_) outputs.push_back(y = stage->forward(y));
    return outputs;
  }

 private:
  std::vector<std::shared_ptr<ConvNextStage>> stages_;
};

}  // namespace

std::shared_ptr<ImageModel> make_convnext(const ModelOptions& options, int classes) {
  return std::make_shared<ConvNext>(options, classes, convnext_atto(options.width));
}

}  // namespace paucal::models
