#include "edge/runtime/plan.h"

#include <algorithm>

#include "base/error.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

// A stretch of memory that is taken from node `first` to node `last`.
struct Block {
  size_t bytes = 0;
  size_t first = 0, last = 0;
  size_t offset = 0;
};

// Values that share a block (an op in place) and the blocks.
struct Lifetimes {
  std::vector<int> block_of;  // of each value; -1: outside the arena
  std::vector<Block> blocks;
};

Lifetimes lifetimes_of(const Graph& graph, std::span<const Signature> signatures) {
  constexpr size_t kNever = 0;
  const size_t end = graph.nodes.size();
  std::vector<size_t> last_use(graph.values.size(), kNever);
  for (size_t n = 0; n < end; ++n)
    for (const int id : graph.nodes[n].inputs)
      if (id != Node::kAbsent) last_use[static_cast<size_t>(id)] = n;
  for (const int id : graph.outputs) last_use[static_cast<size_t>(id)] = end;

  Lifetimes result{std::vector<int>(graph.values.size(), -1), {}};
  const auto bytes_of = [&](int id) {
    const Signature& s = signatures[static_cast<size_t>(id)];
    return static_cast<size_t>(s.shape.elements()) * size_of(s.type);
  };
  for (size_t n = 0; n < end; ++n) {
    const Node& node = graph.nodes[n];
    for (const int id : node.outputs) {
      const auto index = static_cast<size_t>(id);
      const size_t last = std::max(n, last_use[index]);
      // An operand that is read twice (layer_norm with itself as weight) must stay as it is.
      const bool once = std::ranges::count(node.inputs, node.input(0)) == 1;
      const int input = node.op->in_place && once && id == node.outputs[0] ? node.input(0) : -1;
      const int shared = input < 0 ? -1 : result.block_of[static_cast<size_t>(input)];
      if (shared >= 0 && last_use[static_cast<size_t>(input)] == n &&
          bytes_of(input) == bytes_of(id)) {
        result.block_of[index] = shared;
        result.blocks[static_cast<size_t>(shared)].last = last;
        continue;
      }
      result.block_of[index] = static_cast<int>(result.blocks.size());
      result.blocks.push_back({aligned(bytes_of(id)), n, last, 0});
    }
  }
  return result;
}

// Largest first, each at the lowest offset where it meets no block that lives at the same time
// (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
size_t place(std::vector<Block>& blocks) {
  std::vector<Block*> order;
  for (Block& block : blocks) order.push_back(&block);
  std::ranges::stable_sort(order, std::greater{}, &Block::bytes);
  size_t total = 0;
  std::vector<const Block*> placed;  // by offset
  for (Block* block : order) {
    size_t offset = 0;
    for (const Block* other : placed) {
      if (other->last < block->first || block->last < other->first) continue;
      if (offset + block->bytes <= other->offset) break;
      offset = std::max(offset, other->offset + other->bytes);
    }
    block->offset = offset;
    total = std::max(total, offset + block->bytes);
    placed.insert(std::ranges::upper_bound(placed, offset, {}, &Block::offset), block);
  }
  return total;
}

}  // namespace

Result<Plan> make_plan(const Model& model, std::span<const Shape> input_shapes, int threads,
                       size_t max_bytes) {
  const Graph& graph = model.graph();
  auto signatures = infer(graph, input_shapes);
  if (!signatures.ok()) return signatures.failure();
  if (auto wrong = check_channels_last(graph, *signatures)) return *wrong;
  Plan plan;
  plan.input_shapes.assign(input_shapes.begin(), input_shapes.end());
  plan.signatures = std::move(*signatures);

  double total = 0;  // of all values: bounds every sum below
  for (const Signature& s : plan.signatures)
    total += static_cast<double>(std::max<int64_t>(0, s.shape.elements())) * 8;
  Lifetimes lifetimes;
  size_t scratch = 0;
  if (total < 1e15) {
    lifetimes = lifetimes_of(graph, plan.signatures);
    plan.scratch_offset = place(lifetimes.blocks);
    std::vector<Signature> in, out;
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      in.clear(), out.clear();
      for (const int id : graph.nodes[n].inputs)
        in.push_back(id == Node::kAbsent ? Signature{} : plan.signatures[static_cast<size_t>(id)]);
      for (const int id : graph.nodes[n].outputs)
        out.push_back(plan.signatures[static_cast<size_t>(id)]);
      scratch = std::max(scratch, aligned(model.kernel(n).scratch_bytes(in, out, threads)));
    }
    plan.arena_bytes = plan.scratch_offset + scratch;
  }
  if (total >= 1e15 || plan.arena_bytes > max_bytes)
    return failure("session", "inputs of {} need more than {} MB, the limit",
                   input_shapes.empty() ? "no" : input_shapes[0].text(), max_bytes >> 20);
  for (const int block : lifetimes.block_of)
    plan.offsets.push_back(block < 0 ? Plan::kOutside
                                     : lifetimes.blocks[static_cast<size_t>(block)].offset);
  return plan;
}

}  // namespace paucal::edge
