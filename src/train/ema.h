#pragma once
// A second module that holds the moving average of the first one's parameters: the teacher, and
// the model that is evaluated and shipped.

#include <cstdint>

#include "base/options.h"
#include "train/tensor_map.h"

namespace torch::nn {
class Module;
}

namespace paucal::train {

struct EmaOptions {
  double decay = 0.999;
  bool warmup = true;

  template <class V>
  void visit(V& v) {
    v(decay, "decay", "share of the average that each step keeps", Range{0, 1});
    v(warmup, "warmup", "begin with a short memory, so that the random start is soon forgotten");
  }
};

// The decay of update t (from 0): min(decay, (1 + t) / (10 + t)) with warm-up. It is .1 at first,
// passes .99 at t = 890 and .999 at t = 8,990: the memory is about a ninth of the run so far, so
// the average is useful in runs of a few hundred steps too.
double ema_decay_at(int64_t t, const EmaOptions& options);

// Parameters are averaged; buffers (the running statistics of batch norm) are copied as they are:
// they are averages already, and must belong to the latest weights. Not thread-safe.
class Ema {
 public:
  // Copies `source` into `target` and switches off gradients of `target`. Both must outlive this.
  // Throws Error if names, shapes or types of parameters and buffers differ.
  Ema(const torch::nn::Module& source, torch::nn::Module& target, EmaOptions options);

  // After each optimiser step: target = decay × target + (1 - decay) × source.
  void update();
  int64_t updates() const;

  // Everything, the averaged parameters too: "updates", "parameter.<name>", "buffer.<name>". Live
  // tensors: write or clone them before the next update.
  TensorMap state() const;
  void load_state(const TensorMap& state);  // throws Error, see copy_state

 private:
  EmaOptions options_;
  TensorMap source_;  // with the names of state(), without "updates"
  TensorMap target_;
  at::Tensor updates_;  // int64
};

}  // namespace paucal::train
