#pragma once
// What computes a node. A kernel is made once, when a model is loaded, and holds its packed
// weights; it is immutable afterwards and shared by all sessions and threads.

#include <memory>
#include <span>

#include "edge/graph/graph.h"
#include "edge/graph/op.h"
#include "edge/machine/cpu.h"
#include "edge/machine/pool.h"

namespace paucal::edge {

struct KernelSpec {
  const Graph& graph;
  const Node& node;
  Isa isa = Isa::kPortable;  // the best instruction set that may be used
};

// One run of one node. Tensors of absent inputs are absent. `scratch` holds scratch_bytes() bytes,
// 64-byte aligned, undefined at entry; a kernel splits it among its tasks itself.
struct KernelCall {
  std::span<const Tensor> inputs;
  std::span<const Tensor> outputs;
  std::byte* scratch = nullptr;
  Pool& pool;
};

class Kernel {
 public:
  virtual ~Kernel() = default;
  // For inputs of these shapes, run by up to `threads` threads.
  virtual size_t scratch_bytes(std::span<const Signature> inputs,
                               std::span<const Signature> outputs, int threads) const {
    (void)inputs, (void)outputs, (void)threads;
    return 0;
  }
  // Never fails, allocates nothing (propose_regions does): infer() saw the shapes. The result must
  // not depend on the number of threads, so tasks split outputs, never sums.
  virtual void run(const KernelCall& call) const = 0;
  // For `bench --ops`: which path was chosen, e.g. "winograd4 avx2".
  virtual std::string_view path() const { return "portable"; }
};

}  // namespace paucal::edge
