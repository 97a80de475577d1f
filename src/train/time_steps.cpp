#include "train/time_steps.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "models/autocast.h"
#include "train/checkpoint.h"

namespace paucal::train {
namespace {

constexpr int kTurns = 3;  // after one that warms up

double seconds_of_pass(const Work& work, const HostBatch& batch, const StepContext& context,
                       bool bf16) {
  const auto start = std::chrono::steady_clock::now();
  Losses losses;
  {
    const models::InBf16 in_bf16(bf16);
    losses = work.step(batch, context);
  }
  losses.total.backward();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

TensorMap copies(const TensorMap& tensors) {
  TensorMap copied;
  for (const auto& [name, tensor] : tensors) copied.emplace(name, tensor.detach().clone());
  return copied;
}

// What a pass may change, put back when this ends.
class Untouched {
 public:
  explicit Untouched(const Work& work) : work_(work) {
    for (const auto& module : {work.model, work.average, work.extra})
      if (module) modules_.emplace_back(module.get(), copies(tensors_of(*module)));
    if (work.state) state_ = copies(work.state());
  }
  void restore() const {
    const torch::NoGradGuard no_grad;
    for (const auto& [module, tensors] : modules_) load_tensors(*module, tensors);
    if (work_.load_state) work_.load_state(state_);
  }

 private:
  const Work& work_;
  std::vector<std::pair<torch::nn::Module*, TensorMap>> modules_;
  TensorMap state_;
};

}  // namespace

StepSeconds time_steps(const Work& work, const StepContext& context, int64_t number) {
  const Untouched untouched(work);
  const HostBatch batch = work.make(number);
  work.model->train();
  StepSeconds best{std::numeric_limits<double>::infinity(),
                   std::numeric_limits<double>::infinity()};
  for (int turn = 0; turn <= kTurns; ++turn) {
    const double f32 = seconds_of_pass(work, batch, context, false);
    const double bf16 = seconds_of_pass(work, batch, context, true);
    if (turn == 0) continue;
    best = {std::min(best.f32, f32), std::min(best.bf16, bf16)};
  }
  untouched.restore();
  return best;
}

}  // namespace paucal::train
