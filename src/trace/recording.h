#pragma once
// What libtorch's tracer saw in one run of a module.

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "trace/trace.h"

namespace paucal::trace {

// Parameters and buffers of a module, each tensor once, by the first of its names.
struct NamedTensors {
  std::vector<std::string> names;
  std::vector<at::Tensor> tensors;
};
NamedTensors state_of(const torch::nn::Module& module);

struct Recording {
  at::Tensor input;
  std::vector<at::Tensor> outputs;
  // Its inputs: the module's input, then the tensors of state_of().
  std::shared_ptr<torch::jit::Graph> graph;
  std::vector<const torch::jit::Node*> nodes;
  // Values in the order of their definition, so that a number means the same in all recordings.
  std::vector<const torch::jit::Value*> values;
  std::unordered_map<const torch::jit::Value*, size_t> numbers;
};

Recording record(const NamedTensors& state, const Forward& forward, const at::Tensor& input);

// Throws Error at the first node where the two recordings differ in more than numbers.
void require_same_ops(const Recording& a, const Recording& b);

}  // namespace paucal::trace
