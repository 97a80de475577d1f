#include "graph/fold_bn.h"

#include <cmath>

#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;

struct Folded {
  std::vector<float> weight;
  std::vector<float> bias;
};

// Empty where the constants are not those of a batch norm over the convolution's channels.
Folded fold(const Graph& graph, const Node& conv, const Node& norm) {
  const auto weight = graph.floats(conv.input(1));
  const auto bias = graph.floats(conv.input(2));
  const auto scale = graph.floats(norm.input(1)), shift = graph.floats(norm.input(2));
  const auto mean = graph.floats(norm.input(3)), variance = graph.floats(norm.input(4));
  const size_t channels = scale.size();
  if (channels == 0 || weight.size() % channels != 0 || shift.size() != channels ||
      graph.value(conv.input(1)).shape[0] != static_cast<int64_t>(channels) ||
      mean.size() != channels || variance.size() != channels ||
      (conv.input(2) != Node::kAbsent && bias.size() != channels))
    return {};
  Folded folded{std::vector<float>(weight.size()), std::vector<float>(channels)};
  const double eps = norm.number("eps", 1e-5);
  const size_t each = weight.size() / channels;
  for (size_t c = 0; c < channels; ++c) {
    const double factor = scale[c] / std::sqrt(static_cast<double>(variance[c]) + eps);
    for (size_t i = c * each; i < (c + 1) * each; ++i)
      folded.weight[i] = static_cast<float>(weight[i] * factor);
    const double start = bias.empty() ? 0.0 : static_cast<double>(bias[c]);
    folded.bias[c] = static_cast<float>((start - mean[c]) * factor + shift[c]);
  }
  return folded;
}

int constant_of(Graph& graph, std::string name, const edge::Shape& shape,
                const std::vector<float>& numbers) {
  return graph.add_constant(std::move(name), edge::Type::kF32, shape,
                            std::as_bytes(std::span(numbers)));
}

}  // namespace

void fold_bn(Graph& graph, const Probes&) {
  const Uses uses(graph);
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    Node& conv = graph.nodes[n];
    if (!is(conv, "conv2d") || conv.has("clamp") || conv.input(3) != Node::kAbsent) continue;
    const int reader = uses.only_reader(conv.outputs[0]);
    if (reader < 0 || !is(graph.nodes[static_cast<size_t>(reader)], "batch_norm")) continue;
    const Node& norm = graph.nodes[static_cast<size_t>(reader)];
    if (norm.input(0) != conv.outputs[0]) continue;
    const Folded folded = fold(graph, conv, norm);
    if (folded.weight.empty()) continue;

    // The weight may serve another convolution too, so these are new constants.
    const edge::Shape shape = graph.value(conv.input(1)).shape;
    const std::string name = graph.value(conv.input(1)).name;
    const int weight = constant_of(graph, name, shape, folded.weight);
    const int bias = constant_of(graph, conv.name + ".bias", {shape[0]}, folded.bias);
    conv.inputs = {conv.input(0), weight, bias};
    conv.outputs = norm.outputs;
    gone[static_cast<size_t>(reader)] = true;
  }
  remove_nodes(graph, gone);
}

}  // namespace paucal::graph
