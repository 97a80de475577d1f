#include "models/resnet.h"

#include <fmt/format.h>
#include <torch/nn/modules/container/sequential.h>

#include "models/layers.h"
#include "models/residual.h"
#include "models/stages_plan.h"

namespace paucal::models {
namespace {

const Strides kStrides{4, {1, 2, 2, 2}};

class Resnet : public ImageModel {
 public:
  Resnet(const ModelOptions& options, int classes, const ResnetPlan& plan)
      : ImageModel(options, classes, kStrides.natural()), light_(plan.light) {
    const int width = options.width > 0 ? options.width : plan.width;
    const Norm norm = Norm{.momentum = 0.1, .eps = 1e-5}.overridden_by(options);
    register_stem(width, norm);

    const StagesPlan stages = plan_network(kStrides, options);
    const auto& steps = stages.steps;
    std::vector<int> channels;
    int in = width;
    for (size_t i = 0; i < steps.size(); ++i) {
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
      channels.push_back(in);
    }
    set_plan(stages);
    register_head(stages.width_of(channels));
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
