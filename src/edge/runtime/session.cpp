#include "edge/runtime/session.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "base/error.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

std::shared_ptr<std::byte> allocate(size_t bytes) {
  constexpr std::align_val_t kAlign{kAlignment};
  auto* block = static_cast<std::byte*>(::operator new(bytes, kAlign, std::nothrow));
  return {block, [](std::byte* p) { ::operator delete(p, kAlign); }};
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, SessionOptions options)
    : model_(std::move(model)), options_(options), pool_(std::max(1, options.threads)) {}

Session::Lane Session::make_lane(const Plan& plan, std::byte* arena) const {
  const Graph& graph = model_->graph();
  std::vector<Tensor> tensors;  // of each value
  for (size_t id = 0; id < graph.values.size(); ++id) {
    const Value& value = graph.values[id];
    Tensor tensor{value.type, value.layout, plan.signatures[id].shape, nullptr};
    if (value.is_constant())
      tensor.data = const_cast<std::byte*>(value.data.bytes.data());  // kernels only read inputs
    else if (plan.offsets[id] != Plan::kOutside)
      tensor.data = arena + plan.offsets[id];
    tensors.push_back(tensor);
  }
  const auto gather = [&](const std::vector<int>& ids) {
    std::vector<Tensor> gathered;
    for (const int id : ids)
      gathered.push_back(id == Node::kAbsent ? Tensor{} : tensors[static_cast<size_t>(id)]);
    return gathered;
  };
  Lane lane{arena, {}, {}, gather(graph.outputs), {}};
  for (const Node& node : graph.nodes) {
    lane.in.push_back(gather(node.inputs));
    lane.out.push_back(gather(node.outputs));
  }
  return lane;
}

// The arena: one stretch a lane, then the outputs of the whole batch if there are several parts.
std::optional<Failure> Session::add_plan(std::span<const Tensor> inputs) {
  std::vector<Shape> shapes;
  for (const Tensor& input : inputs) shapes.push_back(input.shape);
  auto plan = make_batch_plan(*model_, shapes, pool_.threads(), options_.max_bytes);
  if (!plan.ok()) return plan.failure();
  const auto lanes = static_cast<size_t>(plan->parts > 1 ? pool_.threads() : 1);
  const size_t lane_bytes = aligned(plan->arena_bytes);
  size_t bytes = lanes * lane_bytes;
  std::vector<size_t> outputs_at;
  if (plan->parts > 1)
    for (const int id : model_->graph().outputs) {
      const Signature& part = plan->signatures[static_cast<size_t>(id)];
      outputs_at.push_back(bytes);
      bytes +=
          aligned(static_cast<size_t>(part.shape.elements() * plan->parts) * size_of(part.type));
    }
  if (bytes > options_.max_bytes)
    return failure("session", "inputs of {} need more than {} MB, the limit", shapes[0].text(),
                   options_.max_bytes >> 20);
  std::shared_ptr<std::byte> arena = arena_;
  if (bytes > arena_bytes_ || !arena) {
    arena = allocate(std::max<size_t>(1, bytes));
    if (!arena) return failure(kNoMemory, "no memory for {} MB", bytes >> 20);
  }
  // Built aside: where memory runs out half-way, the session stays as it was.
  std::list<Bound> added(1);
  Bound& bound = added.front();
  bound.input_shapes = std::move(shapes);
  bound.plan = std::move(*plan);
  for (size_t i = 0; i < lanes; ++i)
    bound.lanes.push_back(make_lane(bound.plan, arena.get() + i * lane_bytes));
  bound.outputs = bound.lanes[0].outputs;
  for (size_t i = 0; i < outputs_at.size(); ++i) {
    bound.outputs[i].shape[0] *= bound.plan.parts;
    bound.outputs[i].data = arena.get() + outputs_at[i];
  }
  if (arena != arena_) {
    plans_.clear();  // their tensors point into the old arena
    arena_ = std::move(arena);
    arena_bytes_ = bytes;
  }
  if (plans_.size() >= kPlans) plans_.pop_back();
  plans_.splice(plans_.begin(), added);
  return std::nullopt;
}

// Puts the plan for these inputs first.
std::optional<Failure> Session::bind(std::span<const Tensor> inputs) {
  const auto same = [&](const Bound& bound) {
    return std::ranges::equal(bound.input_shapes, inputs, {}, {}, &Tensor::shape);
  };
  const auto found = std::ranges::find_if(plans_, same);
  if (found == plans_.end()) return add_plan(inputs);
  plans_.splice(plans_.begin(), plans_, found);
  return std::nullopt;
}

void Session::run_part(const Plan& plan, Lane& lane, std::span<const Tensor> inputs, int64_t part,
                       Pool& pool) {
  const Graph& graph = model_->graph();
  // The caller's memory changes from run to run.
  for (size_t i = 0; i < inputs.size(); ++i) {
    const size_t bytes = inputs[i].bytes() / static_cast<size_t>(plan.parts);
    // Kernels may compute with the address of nothing, but not with a null pointer.
    std::byte* data =
        bytes == 0 ? lane.arena : inputs[i].as<std::byte>() + bytes * static_cast<size_t>(part);
    const int id = graph.inputs[i];
    for (size_t n = 0; n < graph.nodes.size(); ++n)
      for (size_t k = 0; k < graph.nodes[n].inputs.size(); ++k)
        if (graph.nodes[n].inputs[k] == id) lane.in[n][k].data = data;
    for (size_t k = 0; k < graph.outputs.size(); ++k)
      if (graph.outputs[k] == id) lane.outputs[k].data = data;
  }
  std::byte* scratch = lane.arena + plan.scratch_offset;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const KernelCall call{lane.in[n], lane.out[n], scratch, pool};
    if (!timing_) {
      model_->kernel(n).run(call);
      continue;
    }
    const auto begin = std::chrono::steady_clock::now();
    model_->kernel(n).run(call);
    lane.node_seconds[n] +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
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
  if (timing_)
    for (Lane& lane : bound.lanes) lane.node_seconds.assign(graph.nodes.size(), 0);
  if (bound.plan.parts == 1) {
    run_part(bound.plan, bound.lanes[0], inputs, 0, pool_);
    // An output may be the caller's memory, which changes.
    bound.outputs = bound.lanes[0].outputs;
  } else {
    pool_.run(bound.plan.parts, [&](int64_t part, int thread) {
      Lane& lane = bound.lanes[static_cast<size_t>(thread)];
      Pool alone;
      run_part(bound.plan, lane, inputs, part, alone);
      for (size_t k = 0; k < bound.outputs.size(); ++k) {
        const Tensor& own = lane.outputs[k];
        if (own.bytes() > 0)
          std::memcpy(bound.outputs[k].as<std::byte>() + own.bytes() * static_cast<size_t>(part),
                      own.data, own.bytes());
      }
    });
  }
  if (timing_) {
    node_seconds_.assign(graph.nodes.size(), 0);
    for (const Lane& lane : bound.lanes)
      for (size_t n = 0; n < graph.nodes.size(); ++n) node_seconds_[n] += lane.node_seconds[n];
  }
  return std::span<const Tensor>(bound.outputs);
}

}  // namespace paucal::edge
