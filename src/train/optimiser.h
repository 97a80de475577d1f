#pragma once
// SGD and AdamW over named parameters, all of them in each operation (one kernel for many tensors
// on CUDA). The state is ours rather than torch::optim's, whose layout changes between versions:
// named tensors, saved and restored bit for bit.

#include <ATen/core/Tensor.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/options.h"
#include "train/tensor_map.h"

namespace torch::nn {
class Module;
}

namespace paucal::train {

struct OptimiserOptions {
  std::string name = "sgd";
  double lr = 0.03;
  double momentum = 0.9;
  bool nesterov = true;
  double weight_decay = 5e-4;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double clip_norm = 0;

  template <class V>
  void visit(V& v) {
    v(name, "name", "how gradients become steps", OneOf{{"sgd", "adamw"}});
    v(lr, "lr", "peak learning rate", Range{0, 100});
    v(momentum, "momentum", "sgd: share of the last direction that is kept", Range{0, 0.9999});
    v(nesterov, "nesterov", "sgd: look one step ahead along the momentum");
    v(weight_decay, "weight_decay", "pull of weights to zero; never on norms and biases",
      Range{0, 10});
    v(beta1, "beta1", "adamw: memory of the gradient's mean", Range{0, 0.9999});
    v(beta2, "beta2", "adamw: memory of the gradient's square", Range{0, 0.999999});
    v(eps, "eps", "adamw: added to the root of the mean square", Range{1e-12, 1});
    v(clip_norm, "clip_norm", "longest gradient over all parameters; 0: not clipped",
      Range{0, 1e9});
  }
};

using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

// The parameters of `module` that require a gradient, in the order they were registered. A tensor
// registered twice (tied weights) comes once, under its first name.
NamedTensors trainable_parameters(const torch::nn::Module& module);

// Parameters without a gradient are left alone, state included. Tensors of at most one dimension
// (biases, scales of norms) are never decayed. Not thread-safe.
class Optimiser {
 public:
  // Throws Error: a name twice, an undefined or non-floating tensor, an unknown optimiser.
  Optimiser(NamedTensors parameters, OptimiserOptions options);
  Optimiser(const torch::nn::Module& module, OptimiserOptions options);

  // The L2 norm over all gradients: a scalar where the parameters are, 0 without gradients.
  at::Tensor gradient_norm() const;
  // Scales gradients of this norm down to clip_norm (Pascanu et al., 2013). A norm that is not
  // finite changes nothing: the caller looks for it.
  void clip_gradients(double norm);

  // One step at lr_scale × options.lr; lr_scale comes from lr_at(). Gradients are kept.
  //   sgd    g += wd w; m = momentum m + g; w -= lr (nesterov ? g + momentum m : m)
  //   adamw  Loshchilov and Hutter (2019), algorithm 2, with decay scaled by lr as PyTorch does
  void step(double lr_scale = 1);

  // Parameters of these names move at `share` of the learning rate. Throws Error: an unknown name.
  void slow_down(const std::set<std::string>& names, double share);
  // While frozen, those take no gradient and do not move.
  void freeze_slow(bool frozen);

  // Drops the gradients: the next backward pass makes new ones instead of adding.
  void zero_grad();

  // "momentum.<parameter>", or "exp_avg.…", "exp_avg_sq.…", "steps.…". The tensors are the live
  // ones: write or clone them before the next step.
  TensorMap state() const;
  void load_state(const TensorMap& state);  // throws Error, see copy_state

  const OptimiserOptions& options() const { return options_; }

 private:
  struct Slot {
    std::string name;
    at::Tensor parameter;
    at::Tensor momentum;  // sgd; undefined where options_.momentum is 0
    at::Tensor exp_avg;   // adamw, as the next two
    at::Tensor exp_avg_sq;
    at::Tensor steps;  // int64 on the CPU: bias correction counts this parameter's steps
    bool slow = false;
  };
  // The slots that have a gradient, as columns.
  struct Columns {
    std::vector<at::Tensor> parameters, gradients, momentum, exp_avg, exp_avg_sq;
    std::vector<double> steps;
  };

  std::vector<at::Tensor> gradients() const;
  void count_step();  // of each that has a gradient
  Columns columns(bool decayed, bool slow) const;
  void step_sgd(const Columns& slots, double lr, double weight_decay) const;
  void step_adamw(const Columns& slots, double lr, double weight_decay) const;

  OptimiserOptions options_;
  double slow_share_ = 1;
  std::vector<Slot> slots_;
};

}  // namespace paucal::train
