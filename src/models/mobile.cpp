#include "models/mobile.h"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <torch/nn/modules/container/sequential.h>

#include "base/error.h"
#include "models/layers.h"
#include "models/mobile_plan.h"
#include "models/same_padding.h"
#include "models/stages_plan.h"

namespace paucal::models {
namespace {

constexpr int kStemStride = 2;
const Strides kMobileStrides{kStemStride, {2, 2, 2, 2}};

at::Tensor activated(at::Tensor x, MobileAct act) {
  if (act == MobileAct::kRelu) return x.relu_();
  if (act == MobileAct::kHardSwish) return at::hardswish_(x);
  return at::hardtanh_(x, 0, 6);
}

// A convolution that may stride, with its norm.
class StridedConv {
 public:
  StridedConv() = default;
  // `stride`: as published. Registers both at `owner`.
  StridedConv(torch::nn::Module& owner, const std::string& name, ConvShape shape, int stride,
              const Norm& norm, bool same)
      : stride_(stride), same_(same && stride > 1) {
    shape.pads = !same_;
    conv_ = owner.register_module(name, conv(shape));
    norm_ = owner.register_module(name + "_bn", batch_norm(shape.out, norm));
  }
  at::Tensor operator()(const at::Tensor& x) {
    return norm_->forward(same_ ? same_conv(*conv_, stride_, x) : conv_->forward(x));
  }

 private:
  int stride_ = 1;
  bool same_ = false;
  std::shared_ptr<torch::nn::Conv2dImpl> conv_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> norm_;
};

struct MobileShape {
  MobileBlock block;
  StageStep step;  // of the depthwise convolution
  Norm norm;
  bool same = false;
};

class InvertedResidual : public torch::nn::Module {
 public:
  explicit InvertedResidual(const MobileShape& s) : adds_(s.block.adds()), act_(s.block.act) {
    const MobileBlock& b = s.block;
    if (b.expands()) {
      expand_ = register_module("expand", conv({.in = b.in, .out = b.hidden, .kernel = 1}));
      expand_norm_ = register_module("expand_bn", batch_norm(b.hidden, s.norm));
    }
    depthwise_ = StridedConv(*this, "depthwise",
                             {.in = b.hidden,
                              .out = b.hidden,
                              .kernel = b.kernel,
                              .stride = s.step.stride,
                              .dilation = s.step.first_dilation,
                              .groups = b.hidden},
                             b.stride, s.norm, s.same);
    if (b.squeeze > 0) {
      squeeze_ = register_module(
          "squeeze", conv({.in = b.hidden, .out = b.squeeze, .kernel = 1, .bias = true}));
      excite_ = register_module(
          "excite", conv({.in = b.squeeze, .out = b.hidden, .kernel = 1, .bias = true}));
    }
    project_ = register_module("project", conv({.in = b.hidden, .out = b.out, .kernel = 1}));
    project_norm_ = register_module("project_bn", batch_norm(b.out, s.norm));
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor y = x;
    if (expand_) y = activated(expand_norm_->forward(expand_->forward(y)), act_);
    y = activated(depthwise_(y), act_);
    if (squeeze_) y = y * gate(y);
    y = project_norm_->forward(project_->forward(y));
    return adds_ ? y.add_(x) : y;
  }

 private:
  // Squeeze-and-excite (Hu et al., CVPR 2018), [N, C, 1, 1].
  at::Tensor gate(const at::Tensor& x) {
    const at::Tensor mean = at::adaptive_avg_pool2d(x, {1, 1});
    return at::hardsigmoid(excite_->forward(squeeze_->forward(mean).relu_()));
  }

  bool adds_;
  MobileAct act_;
  std::shared_ptr<torch::nn::Conv2dImpl> expand_, squeeze_, excite_, project_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> expand_norm_, project_norm_;
  StridedConv depthwise_;
};

// How many groups of the plan each stage has: a group that strides opens the next one, but for the
// first, whose stage begins at the stem.
std::vector<int> groups_of_stages(const MobilePlan& plan) {
  std::vector<int> counts = {0};
  bool strided = false;
  for (const auto& group : plan.groups) {
    const bool strides = group[0].stride > 1;
    if (strides && strided) counts.push_back(0);
    strided = strided || strides;
    ++counts.back();
  }
  return counts;
}

class Mobile : public ImageModel {
 public:
  Mobile(const ModelOptions& options, int classes, const MobilePlan& plan)
      : ImageModel(options, classes, kMobileStrides.natural()),
        norm_(Norm{}.overridden_by(options)),
        same_(options.padding == "same"),
        stem_act_(plan.stem_act) {
    stem_ = StridedConv(*this, "stem",
                        {.in = options.channels, .out = plan.stem, .stride = kStemStride},
                        kStemStride, norm_, same_);
    const auto blocks = register_module("blocks", std::make_shared<torch::nn::Module>());
    const StagesPlan stages = plan_network(kMobileStrides, options);
    const std::vector<int> counts = groups_of_stages(plan);
    std::vector<int> channels;
    size_t group = 0;
    for (size_t i = 0; i < stages.steps.size(); ++i) {
      stages_.emplace_back();
      for (int j = 0; j < counts[i]; ++j, ++group)
        blocks->register_module(std::to_string(group),
                                add_group(plan.groups[group], stages.steps[i]));
      channels.push_back(plan.groups[group - 1].back().out);
    }
    set_plan(stages);
    register_head(stages.width_of(channels));
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = activated(stem_(x), stem_act_);
    for (auto& stage : stages_) {
      for (auto& block : stage) y = block->forward(y);
      outputs.push_back(y);
    }
    return outputs;
  }

 private:
  // Before the stage strides, places lie as close as they did in the stage before it.
  std::shared_ptr<torch::nn::Module> add_group(const std::vector<MobileBlock>& group,
                                               const StageStep& step) {
    const auto module = std::make_shared<torch::nn::Module>();
    for (const MobileBlock& block : group) {
      if (block.stride > 1) dilation_ = step.dilation;
      const StageStep own = block.stride > 1 ? step : StageStep{1, dilation_, dilation_};
      auto residual = std::make_shared<InvertedResidual>(MobileShape{block, own, norm_, same_});
      const std::string name = std::to_string(module->children().size());
      stages_.back().push_back(module->register_module(name, std::move(residual)));
    }
    return module;
  }

  Norm norm_;
  bool same_;
  MobileAct stem_act_;
  int dilation_ = 1;  // while it is put together
  StridedConv stem_;
  std::vector<std::vector<std::shared_ptr<InvertedResidual>>> stages_;
};

}  // namespace

std::shared_ptr<ImageModel> make_mobile(const ModelOptions& options, int classes) {
  const auto plan = mobile_plan(options.arch, options.width);
  if (!plan) fail("models", "{}: no network of inverted residuals", options.arch);
  return std::make_shared<Mobile>(options, classes, *plan);
}

}  // namespace paucal::models
