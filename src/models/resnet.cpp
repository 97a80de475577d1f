#include "models/resnet.h"

#include <fmt/format.h>
#include <torch/nn/modules/container/sequential.h>

#include "models/layers.h"

namespace paucal::models {
namespace {

constexpr int kStages = 4;
constexpr int kExpansion = 4;  // of a bottleneck's output over its 3×3 convolution
const Strides kStrides{4, {1, 2, 2, 2}};

struct BlockShape {
  int in = 0;
  int width = 0;  // of the 3×3 convolutions
  StageStep step;
  Norm norm;
};

// What both blocks share: the shortcut, projected where the shape changes.
class Block : public torch::nn::Module {
 public:
  virtual at::Tensor forward(const at::Tensor& x) = 0;

 protected:
  void register_shortcut(const BlockShape& shape, int out) {
    if (shape.step.stride == 1 && shape.in == out) return;
    downsample_ = register_module(
        "downsample",
        torch::nn::Sequential(
            conv({.in = shape.in, .out = out, .kernel = 1, .stride = shape.step.stride}),
            batch_norm(out, shape.norm)));
  }
  at::Tensor joined(at::Tensor residual, const at::Tensor& x) {
    return residual.add_(downsample_ ? downsample_->forward(x) : x).relu_();
  }

 private:
  torch::nn::Sequential downsample_{nullptr};
};

class BasicBlock : public Block {
 public:
  explicit BasicBlock(const BlockShape& s) {
    conv1_ = register_module("conv1", conv({.in = s.in,
                                            .out = s.width,
                                            .stride = s.step.stride,
                                            .dilation = s.step.first_dilation}));
    bn1_ = register_module("bn1", batch_norm(s.width, s.norm));
    conv2_ = register_module("conv2",
                             conv({.in = s.width, .out = s.width, .dilation = s.step.dilation}));
    bn2_ = register_module("bn2", batch_norm(s.width, s.norm));
    register_shortcut(s, s.width);
  }

  at::Tensor forward(const at::Tensor& x) override {
    const at::Tensor y = bn1_->forward(conv1_->forward(x)).relu_();
    return joined(bn2_->forward(conv2_->forward(y)), x);
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_, conv2_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_, bn2_;
};

class Bottleneck : public Block {
 public:
  explicit Bottleneck(const BlockShape& s) {
    const int out = s.width * kExpansion;
    conv1_ = register_module("conv1", conv({.in = s.in, .out = s.width, .kernel = 1}));
    bn1_ = register_module("bn1", batch_norm(s.width, s.norm));
    conv2_ = register_module("conv2", conv({.in = s.width,
                                            .out = s.width,
                                            .stride = s.step.stride,
                                            .dilation = s.step.first_dilation}));
    bn2_ = register_module("bn2", batch_norm(s.width, s.norm));
    conv3_ = register_module("conv3", conv({.in = s.width, .out = out, .kernel = 1}));
    bn3_ = register_module("bn3", batch_norm(out, s.norm));
    register_shortcut(s, out);
  }

  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = bn1_->forward(conv1_->forward(x)).relu_();
    y = bn2_->forward(conv2_->forward(y)).relu_();
    return joined(bn3_->forward(conv3_->forward(y)), x);
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_, conv2_, conv3_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_, bn2_, bn3_;
};

class Resnet : public ImageModel {
 public:
  Resnet(const ModelOptions& options, int classes, const ResnetPlan& plan)
      : ImageModel(options, classes,
                   options.output_stride > 0 ? options.output_stride : kStrides.natural()),
        light_(plan.light) {
    const int width = options.width > 0 ? options.width : plan.width;
    const Norm norm = Norm{.momentum = 0.1, .eps = 1e-5}.overridden_by(options);
    register_stem(width, norm);

    const auto steps = plan_stages(kStrides, options.output_stride, options.arch);
    int in = width;
    for (int i = 0; i < kStages; ++i) {
      const int stage_width = width << i;
      torch::nn::Sequential layer;
      for (int j = 0; j < plan.blocks[i]; ++j) {
        const int dilation = steps[i].dilation;
        const StageStep step = j == 0 ? steps[i] : StageStep{1, dilation, dilation};
        const BlockShape shape{in, stage_width, step, norm};
        if (plan.bottleneck)
          layer->push_back(std::make_shared<Bottleneck>(shape));
        else
          layer->push_back(std::make_shared<BasicBlock>(shape));
        in = plan.bottleneck ? stage_width * kExpansion : stage_width;
      }
      layers_.push_back(register_module(fmt::format("layer{}", i + 1), layer));
    }
    register_head(in);
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = stem(x);
    for (auto& layer : layers_) outputs.push_back(y = layer->forward(y));
    return outputs;
  }

 private:
  void register_stem(int width, const Norm& norm) {
    conv1_ = register_module(
        "conv1",
        conv({.in = options().channels, .out = width, .kernel = light_ ? 3 : 7, .stride = 2}));
    bn1_ = register_module("bn1", batch_norm(width, norm));
    if (!light_) return;
    conv2_ = register_module("conv2", conv({.in = width, .out = width, .stride = 2}));
    bn2_ = register_module("bn2", batch_norm(width, norm));
  }

  at::Tensor stem(const at::Tensor& x) {
    const at::Tensor y = bn1_->forward(conv1_->forward(x)).relu_();
    if (light_) return bn2_->forward(conv2_->forward(y)).relu_();
    return at::max_pool2d(y, /*kernel_size=*/3, /*stride=*/2, /*padding=*/1);
  }

  bool light_;
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_, conv2_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_, bn2_;
  std::vector<torch::nn::Sequential> layers_;
};

}  // namespace

std::shared_ptr<ImageModel> make_resnet(const ModelOptions& options, int classes,
                                        const ResnetPlan& plan) {
  return std::make_shared<Resnet>(options, classes, plan);
}

}  // namespace paucal::models
