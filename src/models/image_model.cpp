#include "models/image_model.h"

#include <ATen/ops/pixel_shuffle.h>
#include <torch/nn/functional/dropout.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/utils.h>

#include <cmath>

#include "base/error.h"
#include "models/autocast.h"
#include "models/layers.h"
#include "models/stages_plan.h"

namespace paucal::models {

ImageModel::ImageModel(const ModelOptions& options, int classes, int output_stride)
    : torch::nn::Module(options.arch),
      options_(options),
      classes_(classes),
      output_stride_(output_stride) {}

ImageModel::~ImageModel() = default;

void ImageModel::train(bool on) {
  torch::nn::Module::train(on);
  if (!on || options_.bn != "frozen") return;
  for (const auto& module : modules(/*include_self=*/false))
    if (module->as<torch::nn::BatchNorm2d>()) module->eval();
}

void ImageModel::set_plan(const StagesPlan& plan) {
  output_stride_ = plan.output_stride;
  taps_ = plan.taps;
}

at::Tensor ImageModel::features_of(const std::vector<at::Tensor>& stages) {
  return taps_.empty() ? stages.back() : join_taps(stages, taps_);
}

void ImageModel::register_head(int feature_channels) {
  const int r = options_.upscale;
  if (output_stride_ % r != 0)
    fail("models", "{}: upscale {}, expected a divisor of the output stride, {}", options_.arch, r,
         output_stride_);
  feature_channels_ = feature_channels;
  fc_ = register_module(
      "fc", conv({.in = feature_channels, .out = classes_ * r * r, .kernel = 1, .bias = true}));
}

at::Tensor ImageModel::head(const at::Tensor& features) {
  at::Tensor input = features;
  if (options_.dropout > 0) {
    namespace F = torch::nn::functional;
    input =
        F::dropout2d(input, F::Dropout2dFuncOptions().p(options_.dropout).training(is_training()));
  }
  return fc_->forward(input);
}

at::Tensor ImageModel::map_of(const at::Tensor& features) {
  const Autocast autocast(features.device().type());
  const at::Tensor said = in_float(head(features));
  return options_.upscale == 1 ? said : at::pixel_shuffle(said, options_.upscale);
}

void ImageModel::set_head_prior(double probability) {
  const torch::NoGradGuard no_grad;
  fc_->weight.mul_(.1);
  fc_->bias.fill_(std::log(probability / (1 - probability)));
}

void ImageModel::check_input(const at::Tensor& x) const {
  if (x.dim() != 4 || x.sizes()[1] != options_.channels)
    fail("models", "{}: input of shape [{}], expected [N, {}, H, W]", options_.arch,
         fmt::join(x.sizes(), ", "), options_.channels);
}

Output ImageModel::forward(const at::Tensor& x) {
  check_input(x);
  const Autocast autocast(x.device().type());
  Output output;
  output.features = features(x);
  output.map = map_of(output.features);
  output.features = in_float(output.features);
  return output;
}

}  // namespace paucal::models
