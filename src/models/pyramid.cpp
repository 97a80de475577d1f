#include "models/pyramid.h"

#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "base/error.h"
#include "models/layers.h"
#include "models/residual.h"

namespace paucal::models {
namespace {

constexpr int kStride = 4;
constexpr int kWidth = 32;

class Pyramid : public ImageModel {
 public:
  Pyramid(const ModelOptions& options, int classes) : ImageModel(options, classes, kStride) {
    const int width = options.width > 0 ? options.width : kWidth;
    const Norm norm = Norm{.momentum = 0.1, .eps = 1e-5}.overridden_by(options);
    int in = std::max(1, width / 2);
    conv1_ = register_module("conv1",
                             conv({.in = options.channels, .out = in, .kernel = 5, .stride = 2}));
    bn1_ = register_module("bn1", batch_norm(in, norm));
    for (const int out : {width, 2 * width, 4 * width, 4 * width}) {
      const size_t level = layers_.size() + 1;
      layers_.push_back(register_module(
          fmt::format("layer{}", level),
          std::make_shared<BasicBlock>(BlockShape{in, out, StageStep{2, 1, 1}, norm})));
      laterals_.push_back(
          register_module(fmt::format("lateral{}", level),
                          torch::nn::Sequential(conv({.in = out, .out = width, .kernel = 1}),
                                                batch_norm(width, norm))));
      in = out;
    }
    smooth_ = register_module("smooth", conv({.in = width, .out = width}));
    bn2_ = register_module("bn2", batch_norm(width, norm));
    register_head(width);
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = bn1_->forward(conv1_->forward(x)).relu_();
    for (auto& layer : layers_) outputs.push_back(y = layer->forward(y));
    return outputs;
  }

  // From the coarsest level to the finest: what is where needs both.
  at::Tensor features_of(const std::vector<at::Tensor>& stages) override {
    at::Tensor top = laterals_.back()->forward(stages.back()).relu_();
    for (size_t i = stages.size() - 1; i-- > 0;) {
      const at::Tensor level = laterals_[i]->forward(stages[i]);
      top = (level + at::upsample_nearest2d(top, {level.size(2), level.size(3)})).relu_();
    }
    return bn2_->forward(smooth_->forward(top)).relu_();
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> conv1_, smooth_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> bn1_, bn2_;
  std::vector<std::shared_ptr<BasicBlock>> layers_;
  std::vector<torch::nn::Sequential> laterals_;
};

}  // namespace

std::shared_ptr<ImageModel> make_pyramid(const ModelOptions& options, int classes) {
  if (options.output_stride != 0 && options.output_stride != kStride)
    fail("models", "pyramid10: output_stride {}, expected {} or 0", options.output_stride, kStride);
  return std::make_shared<Pyramid>(options, classes);
}

}  // namespace paucal::models
