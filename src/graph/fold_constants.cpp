#include "graph/fold_constants.h"

#include <algorithm>

#include "base/error.h"
#include "edge/runtime/session.h"
#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Layout;
using edge::Node;

// Ops in channels-last memory can't read constants, which are row-major.
bool foldable(const Graph& graph, const Uses& uses, const Node& node) {
  if (node.op->layout != edge::LayoutRule::kAny && node.op->layout != edge::LayoutRule::kRows)
    return false;
  const auto constant = [&](int id) {
    return id == Node::kAbsent || graph.value(id).is_constant();
  };
  const auto inner = [&](int id) {
    return !uses.is_output(id) && graph.value(id).layout == Layout::kRows;
  };
  return std::ranges::all_of(node.inputs, constant) && std::ranges::all_of(node.outputs, inner);
}

// A graph of the node alone, all of whose inputs are constants.
Graph alone(const Graph& graph, const Node& node) {
  Graph part;
  Node copy = node;
  for (int& id : copy.inputs)
    if (id != Node::kAbsent) id = part.add_value(graph.value(id));
  for (int& id : copy.outputs) id = part.add_value(graph.value(id));
  part.outputs = copy.outputs;
  part.nodes.push_back(std::move(copy));
  return part;
}

}  // namespace

void fold_constants(Graph& graph, const Probes&) {
  const Uses uses(graph);
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!foldable(graph, uses, node)) continue;
    edge::Session session(value_or_throw(edge::Model::make({alone(graph, node), Json::object()})));
    const auto results = value_or_throw(session.run({}));
    for (size_t i = 0; i < results.size(); ++i) {
      edge::Value& value = graph.value(node.outputs[i]);
      value.shape = results[i].shape;
      value.data =
          SharedBytes::copy_of(std::span(results[i].as<const std::byte>(), results[i].bytes()));
    }
    gone[n] = true;
  }
  remove_nodes(graph, gone);
}

}  // namespace paucal::graph
