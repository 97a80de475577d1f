#include "models/rep.h"

#include <ATen/ops/max_pool2d.h>
#include <fmt/format.h>

#include "base/error.h"
#include "models/layers.h"
#include "models/rep_plan.h"
#include "models/stages_plan.h"

namespace paucal::models {
namespace {

const Strides kRepStrides{2, {2, 2, 2, 2}};

class RepBranches : public torch::nn::Module {
 public:
  RepBranches(const RepBlock& block, const StageStep& step, const Norm& norm)
      : thinning_(step.stride) {
    ConvShape shape{.in = block.in,
                    .out = block.out,
                    .kernel = block.kernel,
                    .stride = step.stride,
                    .dilation = step.first_dilation,
                    .groups = block.groups};
    for (int i = 0; i < block.branches; ++i) add(fmt::format("branch{}", i), shape, norm);
    if (block.scale) {
      // Places first, then a convolution without stride: see Block in residual.h.
      shape.kernel = shape.stride = shape.dilation = 1;
      add("scale", shape, norm);
      scales_ = true;
    }
    if (block.passes()) identity_ = register_module("identity", batch_norm(block.out, norm));
  }

  at::Tensor forward(const at::Tensor& x) {
    at::Tensor sum = branch(0, x);
    for (size_t i = 1; i < convs_.size(); ++i)
      sum = sum + branch(i, scales_ && i + 1 == convs_.size() ? thinned(x) : x);
    if (identity_) sum = sum + identity_->forward(x);
    return sum.relu();
  }

 private:
  void add(const std::string& name, const ConvShape& shape, const Norm& norm) {
    convs_.push_back(register_module(name, conv(shape)));
    norms_.push_back(register_module(name + "_bn", batch_norm(shape.out, norm)));
  }
  at::Tensor branch(size_t i, const at::Tensor& x) {
    return norms_[i]->forward(convs_[i]->forward(x));
  }
  at::Tensor thinned(const at::Tensor& x) const {
    return thinning_ == 1 ? x : at::max_pool2d(x, /*kernel_size=*/1, /*stride=*/thinning_);
  }

  int thinning_;
  bool scales_ = false;
  std::vector<std::shared_ptr<torch::nn::Conv2dImpl>> convs_;
  std::vector<std::shared_ptr<torch::nn::BatchNorm2dImpl>> norms_;
  std::shared_ptr<torch::nn::BatchNorm2dImpl> identity_;
};

class Rep : public ImageModel {
 public:
  Rep(const ModelOptions& options, int classes, RepPlan plan)
      : ImageModel(options, classes, kRepStrides.natural()) {
    const Norm norm = Norm{}.overridden_by(options);
    plan.stem.in = options.channels;
    stem_ =
        register_module("stem", std::make_shared<RepBranches>(plan.stem, StageStep{2, 1, 1}, norm));
    const auto all = register_module("stages", std::make_shared<torch::nn::Module>());
    const StagesPlan stages = plan_network(kRepStrides, options);
    std::vector<int> channels;
    for (size_t s = 0; s < stages.steps.size(); ++s) {
      const StageStep& first = stages.steps[s];
      const auto stage = std::make_shared<torch::nn::Module>();
      stages_.emplace_back();
      for (const RepBlock& block : plan.stages[s]) {
        const StageStep later{1, first.dilation, first.dilation};
        auto branches =
            std::make_shared<RepBranches>(block, block.stride > 1 ? first : later, norm);
        const std::string name = std::to_string(stages_.back().size());
        stages_.back().push_back(stage->register_module(name, std::move(branches)));
      }
      all->register_module(std::to_string(s), stage);
      channels.push_back(plan.stages[s].back().out);
    }
    set_plan(stages);
    register_head(stages.width_of(channels));
  }

  std::vector<at::Tensor> stages(const at::Tensor& x) override {
    std::vector<at::Tensor> outputs;
    at::Tensor y = stem_->forward(x);
    for (auto& stage : stages_) {
      for (auto& block : stage) y = block->forward(y);
      outputs.push_back(y);
    }
    return outputs;
  }

 private:
  std::shared_ptr<RepBranches> stem_;
  std::vector<std::vector<std::shared_ptr<RepBranches>>> stages_;
};

}  // namespace

std::shared_ptr<ImageModel> make_rep(const ModelOptions& options, int classes) {
  const auto plan = rep_plan(options.arch, options.width);
  if (!plan) fail("models", "{}: no network of parallel branches", options.arch);
  return std::make_shared<Rep>(options, classes, *plan);
}

}  // namespace paucal::models
