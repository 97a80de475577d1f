#include "graph/quantise_choice.h"

#include <algorithm>

#include "edge/graph/op.h"
#include "graph/quantise_weights.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;

// Layers whose inputs no other layer has touched.
std::vector<bool> first_layers(const Graph& graph) {
  std::vector<bool> after(graph.values.size()), first(graph.nodes.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const bool touched = std::ranges::any_of(
        node.inputs, [&](int id) { return id >= 0 && after[static_cast<size_t>(id)]; });
    first[n] = is_layer(node) && !touched;
    for (const int id : node.outputs) after[static_cast<size_t>(id)] = touched || is_layer(node);
  }
  return first;
}

// Layers from which an output is reached without another.
std::vector<bool> last_layers(const Graph& graph) {
  std::vector<bool> exposed(graph.values.size()), last(graph.nodes.size());
  for (const int id : graph.outputs) exposed[static_cast<size_t>(id)] = true;
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    if (std::ranges::none_of(node.outputs,
                             [&](int id) { return exposed[static_cast<size_t>(id)]; }))
      continue;
    last[n] = is_layer(node);
    for (const int id : node.inputs)
      if (id >= 0 && !last[n]) exposed[static_cast<size_t>(id)] = true;
  }
  return last;
}

const Range& range_of(const Ranges& ranges, int id) {
  return ranges[static_cast<size_t>(id)];
}

bool layer_fits(const Graph& graph, const Ranges& ranges, const Node& node) {
  const auto weight = graph.floats(node.input(1));
  const int64_t outputs = weight.empty() ? 0 : graph.value(node.input(1)).shape[0];
  const int bias = node.input(2), residual = node.input(3);
  return outputs > 0 && (bias < 0 || !graph.floats(bias).empty()) &&
         bias_room(static_cast<int64_t>(weight.size()) / outputs) >= 1 << 20 &&
         range_of(ranges, node.inputs[0]).seen() && range_of(ranges, node.outputs[0]).seen() &&
         (residual < 0 || range_of(ranges, residual).seen());
}

// `int8`: of each value, whether it is there as int8.
bool chain_fits(const Ranges& ranges, const Node& node, const std::vector<bool>& int8) {
  const std::string_view op = node.op->name;
  if (op != "add" && op != "max_pool2d" && op != "global_avg_pool") return false;
  for (const int id : node.inputs)
    if (id < 0 || !int8[static_cast<size_t>(id)] ||
        range_of(ranges, id).shape != range_of(ranges, node.inputs[0]).shape)
      return false;
  return range_of(ranges, node.outputs[0]).seen();
}

}  // namespace

bool is_layer(const Node& node) {
  return node.op->name == "conv2d" || node.op->name == "linear";
}

std::vector<bool> choose_int8(const Graph& graph, const Ranges& ranges,
                              const QuantiseOptions& options) {
  const std::vector<bool> first = first_layers(graph), last = last_layers(graph);
  std::vector<bool> chosen(graph.nodes.size()), int8(graph.values.size());
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (is_layer(node)) {
      const bool wanted = (!first[n] || options.first_layers) && (!last[n] || options.last_layers);
      chosen[n] = wanted && layer_fits(graph, ranges, node);
    } else {
      chosen[n] = chain_fits(ranges, node, int8);
    }
    if (!chosen[n]) continue;
    int8[static_cast<size_t>(node.inputs[0])] = true;
    for (const int id : {is_layer(node) ? node.input(3) : Node::kAbsent, node.outputs[0]})
      if (id >= 0) int8[static_cast<size_t>(id)] = true;
  }
  return chosen;
}

}  // namespace paucal::graph
