#include "edge/runtime/session.h"

#include <algorithm>
#include <new>

#include "base/error.h"

namespace paucal::edge {
namespace {

constexpr std::align_val_t kAlignment{64};

std::shared_ptr<std::byte> allocate(size_t bytes) {
  auto* block = static_cast<std::byte*>(::operator new(bytes, kAlignment, std::nothrow));
  return {block, [](std::byte* p) { ::operator delete(p, kAlignment); }};
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, SessionOptions options)
    : model_(std::move(model)), options_(options), pool_(std::max(1, options.threads)) {}

// Puts the plan for these inputs first, with every tensor in its place.
std::optional<Failure> Session::bind(std::span<const Tensor> inputs) {
  const Graph& graph = model_->graph();
  const auto same = [&](const Bound& bound) {
    return std::ranges::equal(bound.plan.input_shapes, inputs, {}, {}, &Tensor::shape);
  };
  auto found = std::ranges::find_if(plans_, same);
  if (found == plans_.end()) {
    std::vector<Shape> shapes;
    for (const Tensor& input : inputs) shapes.push_back(input.shape);
    auto plan = make_plan(*model_, shapes, pool_.threads(), options_.max_bytes);
    if (!plan.ok()) return plan.failure();
    if (plan->arena_bytes > arena_bytes_ || !arena_) {
      auto arena = allocate(std::max<size_t>(1, plan->arena_bytes));
      if (!arena) return failure("session", "no memory for {} MB", plan->arena_bytes >> 20);
      arena_ = std::move(arena);
      arena_bytes_ = plan->arena_bytes;
      plans_.clear();  // their tensors point into the old arena
    }
    if (plans_.size() >= kPlans) plans_.pop_back();
    plans_.emplace_front().plan = std::move(*plan);
    found = plans_.begin();

    Bound& bound = *found;
    for (size_t id = 0; id < graph.values.size(); ++id) {
      const Value& value = graph.values[id];
      Tensor tensor{value.type, value.layout, bound.plan.signatures[id].shape, nullptr};
      if (value.is_constant())
        tensor.data = const_cast<std::byte*>(value.data.bytes.data());  // kernels only read inputs
      else if (bound.plan.offsets[id] != Plan::kOutside)
        tensor.data = arena_.get() + bound.plan.offsets[id];
      bound.tensors.push_back(tensor);
    }
    const auto gather = [&](const std::vector<int>& ids) {
      std::vector<Tensor> tensors;
      for (const int id : ids)
        tensors.push_back(id == Node::kAbsent ? Tensor{} : bound.tensors[static_cast<size_t>(id)]);
      return tensors;
    };
    for (const Node& node : graph.nodes) {
      bound.in.push_back(gather(node.inputs));
      bound.out.push_back(gather(node.outputs));
    }
    bound.outputs = gather(graph.outputs);
  }
  plans_.splice(plans_.begin(), plans_, found);

  // The caller's memory changes from run to run.
  Bound& bound = plans_.front();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const int id = graph.inputs[i];
    for (size_t n = 0; n < graph.nodes.size(); ++n)
      for (size_t k = 0; k < graph.nodes[n].inputs.size(); ++k)
        if (graph.nodes[n].inputs[k] == id) bound.in[n][k].data = inputs[i].data;
    for (size_t k = 0; k < graph.outputs.size(); ++k)
      if (graph.outputs[k] == id) bound.outputs[k].data = inputs[i].data;
  }
  return std::nullopt;
}

Result<std::span<const Tensor>> Session::run(std::span<const Tensor> inputs) {
  const Graph& graph = model_->graph();
  if (inputs.size() != graph.inputs.size())
    return failure("session", "{} inputs, expected {}", inputs.size(), graph.inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    if (inputs[i].type != value.type || inputs[i].layout != value.layout ||
        (inputs[i].data == nullptr && inputs[i].shape.elements() > 0))
      return failure("session",
                     "input '{}': another type or layout than the model's, or no data; "
                     "expected {}",
                     value.name, name_of(value.type));
  }
  if (auto wrong = bind(inputs)) return *wrong;

  Bound& bound = plans_.front();
  std::byte* scratch = arena_.get() + bound.plan.scratch_offset;
  if (timing_) node_seconds_.assign(graph.nodes.size(), 0);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const KernelCall call{bound.in[n], bound.out[n], scratch, pool_};
    if (!timing_) {
      model_->kernel(n).run(call);
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    model_->kernel(n).run(call);
    node_seconds_[n] =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
  return std::span<const Tensor>(bound.outputs);
}

}  // namespace paucal::edge
