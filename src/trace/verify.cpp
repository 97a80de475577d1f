#include "trace/verify.h"

#include <torch/types.h>

#include "base/error.h"
#include "edge/runtime/session.h"
#include "graph/passes.h"

namespace paucal::trace {

struct Runner::State {
  explicit State(edge::Graph graph)
      : session(value_or_throw(edge::Model::make({std::move(graph), Json::object()}))) {}
  edge::Session session;
};

Runner::Runner(edge::Graph graph) : state_(std::make_unique<State>(std::move(graph))) {}

Runner::~Runner() = default;

std::vector<at::Tensor> Runner::run(const at::Tensor& input) {
  const edge::Graph& graph = state_->session.model().graph();
  const edge::Value& declared = graph.value(graph.inputs[0]);
  const bool channels_last = declared.layout == edge::Layout::kChannelsLast;
  const at::Tensor x = input.contiguous(channels_last ? at::MemoryFormat::ChannelsLast
                                                      : at::MemoryFormat::Contiguous);
  const edge::Tensor given{declared.type, declared.layout,
                           edge::Shape(std::span(x.sizes().data(), x.sizes().size())),
                           x.data_ptr()};
  const auto outputs = value_or_throw(state_->session.run(std::span(&given, 1)));
  std::vector<at::Tensor> copies;
  for (const edge::Tensor& output : outputs) {
    if (output.type != edge::Type::kF32)
      fail("trace", "an output of {}, expected f32", edge::name_of(output.type));
    const auto dims = output.shape.dims();
    copies.push_back(at::from_blob(output.data, at::IntArrayRef(dims.data(), dims.size()),
                                   at::TensorOptions(at::kFloat))
                         .clone());
  }
  return copies;
}

void verify(edge::Graph graph, const std::vector<Recording>& recordings, double tolerance) {
  graph::PassOptions options;
  for (const Recording& recording : recordings) {
    const auto sizes = recording.input.sizes();
    options.probes.push_back({edge::Shape(std::span(sizes.data(), sizes.size()))});
  }
  graph::run_passes(graph, options);
  Runner runner(graph);
  for (const Recording& recording : recordings) {
    const std::vector<at::Tensor> outputs = runner.run(recording.input);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const at::Tensor expected = recording.outputs[i].reshape(outputs[i].sizes());
      if (expected.numel() == 0) continue;
      const double largest = std::max(1e-6, expected.abs().max().item<double>());
      const double difference = (outputs[i] - expected).abs().max().item<double>();
      if (!(difference <= tolerance * largest))
        fail("trace",
             "output '{}' for an input of [{}]: differs from libtorch by {:.3g} where {:.3g} is "
             "the largest magnitude, expected at most {:.3g} of it; does the module branch on "
             "data, or write through views?",
             graph.value(graph.outputs[i]).name, fmt::join(recording.input.sizes(), ", "),
             difference, largest, tolerance);
    }
  }
}

}  // namespace paucal::trace
