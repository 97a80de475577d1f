#include "trace/trace.h"

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>

#include "base/error.h"
#include "trace/translate.h"
#include "trace/verify.h"

namespace paucal::trace {
namespace {

using edge::Shape;

std::vector<int> free_dimensions(const TraceOptions& options, int64_t rank) {
  if (options.free.empty()) return rank == 4 ? std::vector<int>{0, 2, 3} : std::vector<int>{0};
  for (const int d : options.free)
    if (d < 0 || d >= rank) fail("trace", "free dimension {}, expected 0 to {}", d, rank - 1);
  return options.free;
}

// Unlike increments, so that no two dimensions can be mistaken for each other; odd ones, so that
// halves rounded up and down can't either.
std::vector<std::vector<int64_t>> further_sizes(const at::Tensor& example,
                                                const std::vector<int>& free) {
  constexpr int64_t kMore[2][edge::Shape::kMaxRank] = {{1, 17, 33, 49, 65, 81},
                                                       {2, 38, 55, 92, 117, 131}};
  std::vector<std::vector<int64_t>> all;
  for (const auto& more : kMore) {
    std::vector<int64_t> sizes = example.sizes().vec();
    size_t k = free[0] == 0 ? 0 : 1;
    for (const int d : free) sizes[static_cast<size_t>(d)] += more[k++];
    all.push_back(std::move(sizes));
  }
  return all;
}

// The example repeated, or cut, to other sizes.
at::Tensor resized(const at::Tensor& example, const std::vector<int64_t>& sizes,
                   const std::vector<int>& free) {
  bool fits = sizes.size() == static_cast<size_t>(example.dim());
  for (int64_t d = 0; fits && d < example.dim(); ++d)
    fits = std::ranges::find(free, d) != free.end() ||
           sizes[static_cast<size_t>(d)] == example.size(d);
  if (!fits)
    fail("trace", "also_at [{}], expected the sizes [{}] but for the free dimensions {}",
         fmt::join(sizes, ", "), fmt::join(example.sizes(), ", "), fmt::join(free, ", "));
  at::Tensor x = example;
  for (const int d : free) {
    const int64_t wanted = sizes[static_cast<size_t>(d)];
    x = x.index_select(d, at::arange(wanted, at::kLong).remainder(example.size(d)));
  }
  return x.contiguous();
}

std::vector<at::Tensor> inputs_for(const at::Tensor& example, const TraceOptions& options,
                                   const std::vector<int>& free) {
  std::vector<at::Tensor> inputs{example};
  for (const auto& sizes : options.also_at.empty() ? further_sizes(example, free) : options.also_at)
    inputs.push_back(resized(example, sizes, free));
  return inputs;
}

void add_input(Translation& translation, const std::string& name, const std::vector<int>& free) {
  const at::Tensor& example = translation.recordings[0].input;
  const edge::Type type = example.scalar_type() == at::kLong ? edge::Type::kI64 : edge::Type::kF32;
  Shape declared{std::span(example.sizes().data(), example.sizes().size())};
  for (const int d : free) declared[d] = Shape::kFree;
  translation.of_number[0] = translation.graph.add_input(name, type, declared);
  for (size_t r = 0; r < translation.recordings.size(); ++r) {
    const auto sizes = translation.recordings[r].input.sizes();
    translation.signatures[r].push_back({type, Shape(std::span(sizes.data(), sizes.size()))});
  }
}

void set_outputs(Translation& translation, const std::vector<std::string>& names) {
  const Recording& recording = translation.recordings[0];
  const auto outputs = recording.graph->outputs();
  if (!names.empty() && names.size() != outputs.size())
    fail("trace", "{} names of outputs, expected {}", names.size(), outputs.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const int id = translation.of_number[recording.numbers.at(outputs[i])];
    if (id < 0 || translation.graph.value(id).is_constant() || id == translation.graph.inputs[0])
      fail("trace", "output {} is not computed from the input", i);
    translation.graph.outputs.push_back(id);
    if (!names.empty()) translation.graph.value(id).name = names[i];
  }
}

}  // namespace

edge::Graph trace(torch::nn::Module& module, const Forward& forward, const at::Tensor& example,
                  const TraceOptions& options) {
  if (module.is_training())
    fail("trace", "'{}' is in training mode, expected evaluation mode: call eval() first",
         module.name());
  if (example.dim() < 1 || example.dim() > Shape::kMaxRank || example.numel() == 0 ||
      (example.scalar_type() != at::kFloat && example.scalar_type() != at::kLong))
    fail("trace", "an example of {} [{}], expected float or int64, 1 to {} dimensions, not empty",
         c10::toString(example.scalar_type()), fmt::join(example.sizes(), ", "), Shape::kMaxRank);
  const torch::NoGradGuard no_grad;
  const std::vector<int> free = free_dimensions(options, example.dim());
  const NamedTensors state = state_of(module);
  std::vector<Recording> recordings;
  for (const at::Tensor& input : inputs_for(example.contiguous(), options, free)) {
    recordings.push_back(record(state, forward, input));
    require_same_ops(recordings[0], recordings.back());
  }

  Translation translation{recordings, state, {}, {}, {}, {}};
  translation.signatures.resize(recordings.size());
  translation.of_number.assign(recordings[0].values.size(), -1);
  add_input(translation, options.input, free);
  for (size_t n = 0; n < recordings[0].nodes.size(); ++n) translate_node(translation, n);
  set_outputs(translation, options.outputs);
  if (const auto wrong = edge::validate(translation.graph)) fail("trace", "{}", wrong->message);
  if (options.tolerance > 0) verify(translation.graph, recordings, options.tolerance);
  return std::move(translation.graph);
}

edge::Graph trace(torch::nn::Module& module,
                  const std::function<at::Tensor(const at::Tensor&)>& forward,
                  const at::Tensor& example, const TraceOptions& options) {
  return trace(
      module, [&](const at::Tensor& x) { return std::vector<at::Tensor>{forward(x)}; }, example,
      options);
}

}  // namespace paucal::trace
