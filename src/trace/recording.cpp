#include "trace/recording.h"

#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/nn/module.h>
#include <torch/utils.h>

#include <unordered_set>

#include "base/error.h"

namespace paucal::trace {

namespace jit = torch::jit;

NamedTensors state_of(const torch::nn::Module& module) {
  NamedTensors state;
  std::unordered_set<const void*> seen;
  const auto add = [&](const auto& items) {
    for (const auto& item : items) {
      if (!item.value().defined() || !seen.insert(item.value().unsafeGetTensorImpl()).second)
        continue;
      state.names.push_back(item.key());
      state.tensors.push_back(item.value());
    }
  };
  add(module.named_parameters());
  add(module.named_buffers());
  return state;
}

namespace {

// The tracer keeps its state in the thread; an exception must not leave it there.
jit::Stack run_traced(jit::Stack inputs, const std::function<jit::Stack(jit::Stack)>& run,
                      std::shared_ptr<jit::Graph>& graph) {
  try {
    const auto [state, outputs] =
        jit::tracer::trace(std::move(inputs), run, [](const at::Tensor&) { return ""; });
    graph = state->graph;
    return outputs;
  } catch (...) {
    jit::tracer::abandon();
    throw;
  }
}

void number(Recording& recording) {
  const auto define = [&](const jit::Value* value) {
    recording.numbers[value] = recording.values.size();
    recording.values.push_back(value);
  };
  for (const jit::Value* value : recording.graph->inputs()) define(value);
  for (const jit::Node* node : recording.graph->nodes()) {
    recording.nodes.push_back(node);
    for (const jit::Value* value : node->outputs()) define(value);
  }
}

}  // namespace

Recording record(const NamedTensors& state, const Forward& forward, const at::Tensor& input) {
  const torch::NoGradGuard no_grad;
  Recording recording;
  recording.input = input;
  jit::Stack inputs{input};
  inputs.insert(inputs.end(), state.tensors.begin(), state.tensors.end());
  // The module reads its parameters itself: that they are inputs too tells the tracer their place.
  const auto run = [&](jit::Stack stack) {
    jit::Stack outputs;
    for (const at::Tensor& output : forward(stack[0].toTensor())) outputs.emplace_back(output);
    return outputs;
  };
  const jit::Stack outputs = run_traced(std::move(inputs), run, recording.graph);
  for (const jit::IValue& output : outputs) recording.outputs.push_back(output.toTensor());
  number(recording);
  return recording;
}

void require_same_ops(const Recording& a, const Recording& b) {
  const auto text = [](const Recording& r, size_t n) {
    return n < r.nodes.size() ? std::string(r.nodes[n]->kind().toQualString()) : "the end";
  };
  for (size_t n = 0; n < std::max(a.nodes.size(), b.nodes.size()); ++n) {
    bool same = n < a.nodes.size() && n < b.nodes.size() &&
                a.nodes[n]->kind() == b.nodes[n]->kind() &&
                a.nodes[n]->inputs().size() == b.nodes[n]->inputs().size() &&
                a.nodes[n]->outputs().size() == b.nodes[n]->outputs().size();
    for (size_t i = 0; same && i < a.nodes[n]->inputs().size(); ++i)
      same = a.numbers.at(a.nodes[n]->input(i)) == b.numbers.at(b.nodes[n]->input(i));
    if (!same)
      fail("trace",
           "op {} is {} for an input of {}, but {} for {}, expected the same ops for "
           "every size",
           n, text(a, n), fmt::join(a.input.sizes(), " × "), text(b, n),
           fmt::join(b.input.sizes(), " × "));
  }
}

}  // namespace paucal::trace
