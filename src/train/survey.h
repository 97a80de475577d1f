#pragma once
// From time to time the averaged network looks over what it is trained on, and what it sees there
// changes the batches that follow. None is being made meanwhile.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>

namespace torch::nn {
class Module;
}

namespace paucal::train {

struct Survey {
  int count = 0;  // evenly over training, never before the first step
  // Deterministic: after a kill it may look again. The network is in evaluation mode.
  std::function<at::Tensor(torch::nn::Module& average)> look;
  // What the last look saw, kept in the checkpoint; also called where training goes on from one.
  std::function<void(const at::Tensor& seen)> use;
};

// Whether a look falls before the step with index `step` (from 0) of `total`.
bool is_look(const Survey& survey, int64_t step, int64_t total);
// The first step after `step` before which a look falls; `total` where there is none.
int64_t next_look(const Survey& survey, int64_t step, int64_t total);

}  // namespace paucal::train
