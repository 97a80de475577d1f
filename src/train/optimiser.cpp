#include "train/optimiser.h"

#include <torch/torch.h>

#include <cmath>
#include <set>

#include "base/error.h"

namespace paucal::train {
namespace {

constexpr std::string_view kOptimiserPlace = "optimiser";

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
    fail_unknown(kOptimiserPlace, "optimiser", options_.name, {"sgd", "adamw"});
  std::set<std::string> names;
  const at::NoGradGuard no_grad;
  for (auto& [name, parameter] : parameters) {
    if (!names.insert(name).second) fail(kOptimiserPlace, "parameter '{}' is given twice", name);
    if (!parameter.defined() || !parameter.is_floating_point())
      fail(kOptimiserPlace, "parameter '{}': expected a tensor of floating-point numbers", name);
    Slot slot{.name = name,
              .parameter = parameter,
              .momentum = {},
              .exp_avg = {},
              .exp_avg_sq = {},
              .steps = {}};
    if (sgd && options_.momentum > 0) slot.momentum = at::zeros_like(parameter);
    if (!sgd) {
      slot.exp_avg = at::zeros_like(parameter);
      slot.exp_avg_sq = at::zeros_like(parameter);
      slot.steps = at::zeros({}, at::kLong);
    }
    slots_.push_back(std::move(slot));
  }
}

void Optimiser::count_step() {
  for (const Slot& slot : slots_)
    if (slot.steps.defined() && slot.parameter.grad().defined()) slot.steps.add_(1);
}

void Optimiser::slow_down(const std::set<std::string>& names, double share) {
  size_t found = 0;
  for (Slot& slot : slots_) found += (slot.slow = names.contains(slot.name)) ? 1 : 0;
  if (found != names.size())
    fail(kOptimiserPlace,
         "{} parameters to slow down, expected names of parameters, have {} of them", names.size(),
         found);
  slow_share_ = share;
}

void Optimiser::freeze_slow(bool frozen) {
  for (Slot& slot : slots_)
    if (slot.slow) slot.parameter.requires_grad_(!frozen);
}

Optimiser::Columns Optimiser::columns(bool decayed, bool slow) const {
  Columns columns;
  for (const Slot& slot : slots_) {
    if ((slot.parameter.dim() > 1) != decayed || slot.slow != slow ||
        !slot.parameter.grad().defined())
      continue;
    columns.parameters.push_back(slot.parameter);
    columns.gradients.push_back(slot.parameter.grad());
    if (slot.momentum.defined()) columns.momentum.push_back(slot.momentum);
    if (slot.steps.defined()) {
      columns.exp_avg.push_back(slot.exp_avg);
      columns.exp_avg_sq.push_back(slot.exp_avg_sq);
      columns.steps.push_back(static_cast<double>(slot.steps.item<int64_t>()));
    }
  }
  return columns;
}

std::vector<at::Tensor> Optimiser::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const Slot& slot : slots_)
    if (slot.parameter.grad().defined()) gradients.push_back(slot.parameter.grad());
  return gradients;
}

at::Tensor Optimiser::gradient_norm() const {
  const at::NoGradGuard no_grad;
  const std::vector<at::Tensor> all = gradients();
  if (all.empty()) return at::zeros({});
  return at::stack(at::_foreach_norm(all)).norm();
}

void Optimiser::clip_gradients(double norm) {
  if (options_.clip_norm <= 0 || !std::isfinite(norm) || norm <= options_.clip_norm) return;
  const at::NoGradGuard no_grad;
  at::_foreach_mul_(gradients(), options_.clip_norm / norm);
}

void Optimiser::step(double lr_scale) {
  const at::NoGradGuard no_grad;
  count_step();
  for (const auto& [decayed, slow] :
       {std::pair{true, false}, {false, false}, {true, true}, {false, true}}) {
    const Columns slots = columns(decayed, slow);
    if (slots.parameters.empty()) continue;
    const double lr = lr_scale * options_.lr * (slow ? slow_share_ : 1);
    const double weight_decay = decayed ? options_.weight_decay : 0;
    if (slots.steps.empty())
      step_sgd(slots, lr, weight_decay);
    else
      step_adamw(slots, lr, weight_decay);
  }
}

void Optimiser::step_sgd(const Columns& slots, double lr, double weight_decay) const {
  std::vector<at::Tensor> directions = slots.gradients;
  if (weight_decay > 0) directions = at::_foreach_add(directions, slots.parameters, weight_decay);
  if (!slots.momentum.empty()) {
    at::_foreach_mul_(slots.momentum, options_.momentum);
    at::_foreach_add_(slots.momentum, directions);
    directions = options_.nesterov ? at::_foreach_add(directions, slots.momentum, options_.momentum)
                                   : slots.momentum;
  }
  at::_foreach_add_(slots.parameters, directions, -lr);
}

void Optimiser::step_adamw(const Columns& slots, double lr, double weight_decay) const {
  std::vector<at::Scalar> roots_correction, rates;
  for (const double steps : slots.steps) {
    roots_correction.emplace_back(std::sqrt(1 - std::pow(options_.beta2, steps)));
    rates.emplace_back(-lr / (1 - std::pow(options_.beta1, steps)));
  }
  if (weight_decay > 0) at::_foreach_mul_(slots.parameters, 1 - lr * weight_decay);
  at::_foreach_mul_(slots.exp_avg, options_.beta1);
  at::_foreach_add_(slots.exp_avg, slots.gradients, 1 - options_.beta1);
  at::_foreach_mul_(slots.exp_avg_sq, options_.beta2);
  at::_foreach_addcmul_(slots.exp_avg_sq, slots.gradients, slots.gradients, 1 - options_.beta2);
  const std::vector<at::Tensor> roots = at::_foreach_sqrt(slots.exp_avg_sq);
  at::_foreach_div_(roots, roots_correction);
  at::_foreach_add_(roots, options_.eps);
  at::_foreach_addcdiv_(slots.parameters, slots.exp_avg, roots, rates);
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
  copy_state(kOptimiserPlace, state, this->state());
}

}  // namespace paucal::train
