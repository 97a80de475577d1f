#pragma once
// A libtorch module in evaluation mode → a static graph whose batch, height and width stay free.
//
// C++ sizes are plain numbers, so one run of a tracer would bake them in (x.view({x.size(0), -1})
// becomes view {2, -1}). Therefore the module is run at several sizes under libtorch's tracer: the
// recordings must show the same ops, and every number that differs among them must be told by the
// shape of a value; anything else is refused. Last, the graph is run on the edge runtime at each
// of the sizes and compared with what libtorch gave: that finds what no tracer sees, branches on
// data and writes through views.

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <vector>

#include "edge/graph/graph.h"

namespace torch::nn {
class Module;
}

namespace paucal::trace {

struct TraceOptions {
  std::string input = "x";                // names of the graph's input
  std::vector<std::string> outputs = {};  // and outputs; empty: after what made them
  // Dimensions of the input that may have any size. Empty: 0, 2 and 3 of an input of rank 4, else
  // dimension 0.
  std::vector<int> free = {};
  // Further sizes at which to run the module. Empty: two of its own, larger than the example and
  // not divisible by what that is divisible by; give some where the module can't take those.
  std::vector<std::vector<int64_t>> also_at = {};
  // Largest difference to libtorch, relative to the largest magnitude of an output. 0: the graph
  // is not run.
  double tolerance = 1e-4;
};

using Forward = std::function<std::vector<at::Tensor>(const at::Tensor&)>;

// `example`: the input of one run, f32 or i64; indices must hold at any size, so the larger inputs
// repeat the example. Parameters and buffers become constants named as in the module, such as
// "layer1.0.conv1.weight"; nodes are named after the module whose parameters they read. The graph
// is as traced: run graph::run_passes() on it before it is executed.
// Throws Error naming the aten op and where it stands: ops that the runtime lacks (with those it
// has), sizes that can't be told from shapes, a module in training mode, results that differ.
edge::Graph trace(torch::nn::Module& module, const Forward& forward, const at::Tensor& example,
                  const TraceOptions& options = {});

// The same for a function of one result.
edge::Graph trace(torch::nn::Module& module,
                  const std::function<at::Tensor(const at::Tensor&)>& forward,
                  const at::Tensor& example, const TraceOptions& options = {});

// The ops that are translated, aten's and our own, in alphabetical order.
std::vector<std::string> traceable_ops();

}  // namespace paucal::trace
