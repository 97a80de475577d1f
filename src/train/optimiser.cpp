#include "train/optimiser.h"

#include <torch/nn/module.h>

#include <cmath>
#include <set>

#include "base/error.h"

namespace paucal::train {
namespace {

constexpr std::string_view kPlace = "optimiser";

}  // namespace

NamedTensors trainable_parameters(const torch::nn::Module& module) {
  NamedTensors result;
  std::set<const at::TensorImpl*> seen;
  for (const auto& item : module.named_parameters()) {
    const at::Tensor& parameter = item.value();
    if (parameter.defined() && parameter.requires_grad() &&
        seen.insert(parameter.unsafeGetTensorImpl()).second)
      result.emplace_back(item.key(), parameter);
  }
  return result;
}

Optimiser::Optimiser(const torch::nn::Module& module, OptimiserOptions options)
    : Optimiser(trainable_parameters(module), std::move(options)) {}

Optimiser::Optimiser(NamedTensors parameters, OptimiserOptions options)
    : options_(std::move(options)) {
  const bool sgd = options_.name == "sgd";
  if (!sgd && options_.name != "adamw")
    fail_unknown(kPlace, "optimiser", options_.name, {"sgd", "adamw"});
  std::set<std::string> names;
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : parameters) {
    if (!names.insert(name).second) fail(kPlace, "parameter '{}' is given twice", name);
    if (!parameter.defined() || !parameter.is_floating_point())
      fail(kPlace, "parameter '{}': expected a tensor of floating-point numbers", name);
    Slot slot{.name = name,
              .parameter = parameter,
              .momentum = {},
              .exp_avg = {},
              .exp_avg_sq = {},
              .steps = {},
              .weight_decay = parameter.dim() > 1 ? options_.weight_decay : 0};
    if (sgd && options_.momentum > 0) slot.momentum = at::zeros_like(parameter);
    if (!sgd) {
      slot.exp_avg = at::zeros_like(parameter);
      slot.exp_avg_sq = at::zeros_like(parameter);
      slot.steps = at::zeros({}, at::kLong);
    }
    slots_.push_back(std::move(slot));
  }
}

double Optimiser::clip_gradients() {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> norms;
  for (const Slot& slot : slots_)
    if (slot.parameter.grad().defined()) norms.push_back(slot.parameter.grad().norm());
  if (norms.empty()) return 0;
  // One transfer to the host, not one for each parameter.
  const double norm = at::stack(norms).norm().item<double>();
  if (options_.clip_norm > 0 && std::isfinite(norm) && norm > options_.clip_norm)
    for (Slot& slot : slots_)
      if (slot.parameter.grad().defined())
        slot.parameter.mutable_grad().mul_(options_.clip_norm / norm);
  return norm;
}

void Optimiser::step(double lr_scale) {
  const at::NoGradGuard no_grad;
  const double lr = lr_scale * options_.lr;
  for (Slot& slot : slots_) {
    if (!slot.parameter.grad().defined()) continue;
    if (slot.steps.defined()) {
      step_adamw(slot, lr);
    } else {
      step_sgd(slot, lr);
    }
  }
}

void Optimiser::step_sgd(Slot& slot, double lr) const {
  at::Tensor direction = slot.parameter.grad();
  if (slot.weight_decay > 0) direction = direction.add(slot.parameter, slot.weight_decay);
  if (slot.momentum.defined()) {
    slot.momentum.mul_(options_.momentum).add_(direction);
    direction = options_.nesterov ? direction.add(slot.momentum, options_.momentum) : slot.momentum;
  }
  slot.parameter.add_(direction, -lr);
}

void Optimiser::step_adamw(Slot& slot, double lr) const {
  const at::Tensor gradient = slot.parameter.grad();
  slot.steps.add_(1);
  const auto steps = static_cast<double>(slot.steps.item<int64_t>());
  const double correction1 = 1 - std::pow(options_.beta1, steps);
  const double correction2 = 1 - std::pow(options_.beta2, steps);
  if (slot.weight_decay > 0) slot.parameter.mul_(1 - lr * slot.weight_decay);
  slot.exp_avg.mul_(options_.beta1).add_(gradient, 1 - options_.beta1);
  slot.exp_avg_sq.mul_(options_.beta2).addcmul_(gradient, gradient, 1 - options_.beta2);
  const at::Tensor root = slot.exp_avg_sq.sqrt().div_(std::sqrt(correction2)).add_(options_.eps);
  slot.parameter.addcdiv_(slot.exp_avg, root, -lr / correction1);
}

void Optimiser::zero_grad() {
  for (Slot& slot : slots_) slot.parameter.mutable_grad().reset();
}

TensorMap Optimiser::state() const {
  TensorMap state;
  for (const Slot& slot : slots_) {
    if (slot.momentum.defined()) state.emplace("momentum." + slot.name, slot.momentum);
    if (slot.steps.defined()) {
      state.emplace("exp_avg." + slot.name, slot.exp_avg);
      state.emplace("exp_avg_sq." + slot.name, slot.exp_avg_sq);
      state.emplace("steps." + slot.name, slot.steps);
    }
  }
  return state;
}

void Optimiser::load_state(const TensorMap& state) {
  copy_state(kPlace, state, this->state());
}

}  // namespace paucal::train
