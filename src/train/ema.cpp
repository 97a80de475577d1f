#include "train/ema.h"

#include <torch/torch.h>

#include <algorithm>

namespace paucal::train {
namespace {

constexpr std::string_view kEmaPlace = "ema";
constexpr std::string_view kParameter = "parameter.";

TensorMap named_tensors(const torch::nn::Module& module) {
  TensorMap tensors;
  for (const auto& item : module.named_parameters())
    tensors.emplace(std::string(kParameter) + item.key(), item.value());
  for (const auto& item : module.named_buffers())
    tensors.emplace("buffer." + item.key(), item.value());
  return tensors;
}

}  // namespace

double ema_decay_at(int64_t t, const EmaOptions& options) {
  if (!options.warmup) return options.decay;
  return std::min(options.decay, static_cast<double>(1 + t) / static_cast<double>(10 + t));
}

Ema::Ema(const torch::nn::Module& source, torch::nn::Module& target, EmaOptions options)
    : options_(options),
      source_(named_tensors(source)),
      target_(named_tensors(target)),
      updates_(at::zeros({}, at::kLong)) {
  copy_state(kEmaPlace, source_, target_);
  for (auto& [name, tensor] : target_)
    if (name.starts_with(kParameter)) tensor.set_requires_grad(false);
}

void Ema::update() {
  const at::NoGradGuard no_grad;
  const double decay = ema_decay_at(updates(), options_);
  std::vector<at::Tensor> averages, weights;
  for (const auto& [name, target] : target_) {
    const at::Tensor& source = source_.at(name);
    if (name.starts_with(kParameter)) {
      averages.push_back(target);
      weights.push_back(source);
    } else {
      target.copy_(source);
    }
  }
  // By differences: a frozen parameter stays exactly equal.
  at::_foreach_add_(averages, at::_foreach_sub(weights, averages), 1 - decay);
  updates_.add_(1);
}

int64_t Ema::updates() const {
  return updates_.item<int64_t>();
}

TensorMap Ema::state() const {
  TensorMap state = target_;
  state.emplace("updates", updates_);
  return state;
}

void Ema::load_state(const TensorMap& state) {
  copy_state(kEmaPlace, state, this->state());
}

}  // namespace paucal::train
