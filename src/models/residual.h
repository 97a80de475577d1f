#pragma once
// The blocks that residual networks are made of (He et al., CVPR 2016), with torchvision's names.

#include <torch/nn/modules/container/sequential.h>

#include <memory>

#include "models/layers.h"

namespace paucal::models {

inline constexpr int kExpansion = 4;  // of a bottleneck's output over its 3×3 convolution

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
    if (shape.in < kSafeChannels) thinning_ = shape.step.stride;
    downsample_ = register_module(
        "downsample",
        torch::nn::Sequential(
            conv(
                {.in = shape.in, .out = out, .kernel = 1, .stride = shape.step.stride / thinning_}),
            batch_norm(out, shape.norm)));
  }
  at::Tensor joined(at::Tensor residual, const at::Tensor& x) {
    return residual.add_(downsample_ ? downsample_->forward(thinned(x)) : x).relu_();
  }

 private:
  // oneDNN 2.6 corrupts the heap in the backward pass of a strided 1×1 convolution of fewer input
  // channels. Every n-th place first, then a 1×1 convolution without stride, is the same.
  static constexpr int kSafeChannels = 16;
  at::Tensor thinned(const at::Tensor& x) const {
    return thinning_ == 1 ? x : at::max_pool2d(x, /*kernel_size=*/1, /*stride=*/thinning_);
  }

  int thinning_ = 1;
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

}  // namespace paucal::models
