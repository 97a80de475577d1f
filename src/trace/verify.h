#pragma once

#include "edge/graph/graph.h"
#include "trace/recording.h"

namespace paucal::trace {

// Runs the graph, after the passes, on the inputs of the recordings. Throws Error where an output
// differs from libtorch's by more than `tolerance` of its largest magnitude.
void verify(edge::Graph graph, const std::vector<Recording>& recordings, double tolerance);

// The outputs of a session for one input, in row-major tensors of their own.
class Runner {
 public:
  // `graph` after the layout pass. Throws Error where a kernel can't be made.
  explicit Runner(edge::Graph graph);
  ~Runner();
  std::vector<at::Tensor> run(const at::Tensor& input);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace paucal::trace
