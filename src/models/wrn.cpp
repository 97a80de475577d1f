#include "models/wrn.h"

#include <fmt/format.h>
#include <torch/nn/modules/container/sequential.h>

#include "models/layers.h"
#include "models/norm_conv.h"

namespace paucal::models {
namespace {

constexpr int kStemChannels = 16;
constexpr double kSlope = 0.1;

Strides strides_of(const WrnPlan& plan) {
  Strides strides{1, std::vector<int>(plan.stages, 2)};
  strides.stages[0] = 1;
  return strides;
}

struct BlockShape {
  int in = 0;
  int out = 0;
  StageStep step;
  Norm norm;
  bool bias = true;
  bool activate_shortcut = false;
};

class PreactivationBlock : public torch::nn::Module {
 public:
  explicit PreactivationBlock(const BlockShape& s) : activate_shortcut_(s.activate_shortcut) {
    bn1_ = register_module("bn1", batch_norm(s.in, s.norm));
    conv1_ = register_module("conv1", conv({.in = s.in,
                                            .out = s.out,
                                            .stride = s.step.stride,
                                            .dilation = s.step.first_dilation,
                                            .bias = s.bias}));
    bn2_ = register_module("bn2", batch_norm(s.out, s.norm));
    conv2_ = register_module(
        "conv2", conv({.in = s.out, .out = s.out, .dilation = s.step.dilation, .bias = s.bias}));
    if (s.in == s.out && s.step.stride == 1) return;
    shortcut_ = register_module(
        "convShortcut",
        conv({.in = s.in, .out = s.out, .kernel = 1, .stride = s.step.stride, .bias = s.bias}));
  }

  at::Tensor forward(const at::Tensor& x) {
    if (!activate_shortcut_) {
      const at::Tensor y = norm_conv(x, *bn1_, kSlope, *conv1_);
      return join(y, x);
    }
    at::Tensor active = bn1_->forward(x);
    at::leaky_relu_(active, kSlope);
    return join(conv1_->forward(active), active);
  }

 private:
  at::Tensor join(const at::Tensor& y, const at::Tensor& source) {
    at::Tensor sum = norm_conv(y, *bn2_, kSlope, *conv2_);
    return sum.add_(shortcut_ ? shortcut_->forward(source) : source);
  }

  bool activate_shortcut_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_, conv2_, shortcut_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_, bn2_;
};

// A stage is a module with one child, `layer`: that is how the published weights are named.
class Stage : public torch::nn::Module {
 public:
  Stage(BlockShape shape, int blocks) {
    for (int i = 0; i < blocks; ++i) {
      layer_->push_back(std::make_shared<PreactivationBlock>(shape));
      shape.in = shape.out;
      shape.step = {1, shape.step.dilation, shape.step.dilation};
      shape.activate_shortcut = false;
    }
    register_module("layer", layer_);
  }

  at::Tensor forward(const at::Tensor& x) { return layer_->forward(x); }

 private:
  torch::nn::Sequential layer_;
};

class Wrn : public ImageModel {
 public:
  Wrn(const ModelOptions& options, int classes, const WrnPlan& plan)
      : ImageModel(options, classes,
                   options.output_stride > 0 ? options.output_stride : strides_of(plan).natural()) {
    const Norm norm = Norm{.momentum = 0.001, .eps = 1e-3}.overridden_by(options);
    const int width = options.width > 0 ? options.width : 16 * plan.factor;
    const bool bias = options.conv_bias;
    conv1_ = register_module("conv1",
                             conv({.in = options.channels, .out = kStemChannels, .bias = bias}));

    const auto steps = plan_stages(strides_of(plan), options.output_stride, options.arch);
    int in = kStemChannels;
    for (int i = 0; i < plan.stages; ++i) {
      // The stem has no norm of its own: the first block's serves its shortcut too.
      const BlockShape shape{in, width << i, steps[i], norm, bias, /*activate_shortcut=*/i == 0};
      stages_.push_back(register_module(fmt::format("block{}", i + 1),
                                        std::make_shared<Stage>(shape, plan.blocks)));
      in = shape.out;
    }
    bn1_ = register_module("bn1", batch_norm(in, norm));
    register_head(in);
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = conv1_->forward(x);
    for (auto& stage : stages_) outputs.push_back(y = stage->forward(y));
    outputs.back() = bn1_->forward(y);
    at::leaky_relu_(outputs.back(), kSlope);
    return outputs;
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_;
  std::vector<std::shared_ptr<Stage>> stages_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_;
};

}  // namespace

std::shared_ptr<ImageModel> make_wrn(const ModelOptions& options, int classes,
                                     const WrnPlan& plan) {
  return std::make_shared<Wrn>(options, classes, plan);
}

}  // namespace paucal::models
