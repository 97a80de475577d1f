#pragma once
// What one step of a task leaves.

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

namespace paucal::train {

struct Losses {
  at::Tensor total;                                       // scalar, differentiable
  std::vector<std::pair<std::string, at::Tensor>> parts;  // detached scalars, for the log
};

}  // namespace paucal::train
