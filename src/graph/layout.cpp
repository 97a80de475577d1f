#include "graph/layout.h"

#include <algorithm>

#include "base/error.h"
#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Layout;
using edge::LayoutRule;
using edge::Node;

using Ranks = std::vector<int>;  // of each value

int rank_of(const Ranks& ranks, int id) {
  return ranks[static_cast<size_t>(id)];
}

Ranks ranks_of(const Graph& graph, const Probes& probes) {
  const auto signatures = signatures_at(graph, probes);
  if (signatures.empty())
    fail("graph", "layout: no input sizes are known at which the shape rules hold");
  Ranks ranks;
  for (const edge::Signature& s : signatures[0]) ranks.push_back(s.shape.rank());
  return ranks;
}

// Of each value, whether an op in channels-last memory reads it, itself or through ops of any
// layout. From the last node to the first: each value is read by later nodes alone.
std::vector<bool> wanted_channels_last(const Graph& graph, const Ranks& ranks) {
  std::vector<bool> wanted(graph.values.size());
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    const int out = node.outputs[0];
    const bool passes_on = node.op->layout == LayoutRule::kAny && rank_of(ranks, out) == 4 &&
                           wanted[static_cast<size_t>(out)];
    if (!passes_on && node.op->layout != LayoutRule::kChannelsLast) continue;
    for (const int id : node.inputs)
      if (id != Node::kAbsent) wanted[static_cast<size_t>(id)] = true;
  }
  return wanted;
}

// Constants have no layout.
bool has_layout(const Graph& graph, int id) {
  return id != Node::kAbsent && !graph.value(id).is_constant();
}

Layout layout_for(const Graph& graph, const Ranks& ranks, const Node& node) {
  if (node.op->layout == LayoutRule::kChannelsLast) return Layout::kChannelsLast;
  if (node.op->layout != LayoutRule::kAny) return Layout::kRows;
  bool some = false;
  for (const auto* ids : {&node.inputs, &node.outputs})
    for (const int id : *ids) {
      if (!has_layout(graph, id)) continue;
      if (rank_of(ranks, id) != 4) return Layout::kRows;
      some |= graph.value(id).layout == Layout::kChannelsLast;
    }
  return some ? Layout::kChannelsLast : Layout::kRows;
}

// The value, or the one copy of it in the other layout. A copy of a copy is the value.
// `copies`: of each value, its copy or -1.
int in_layout(Graph& graph, std::vector<int>& copies, int id, Layout layout) {
  if (graph.value(id).layout == layout) return id;
  if (const int known = copies[static_cast<size_t>(id)]; known >= 0) return known;
  const bool rows = layout == Layout::kRows;
  const edge::Type type = graph.value(id).type;
  const edge::Quantisation quantisation = graph.value(id).quantisation;
  const int copy = graph.add_node(rows ? "to_rows" : "to_channels_last",
                                  graph.value(id).name + (rows ? "/rows" : "/channels_last"), {id});
  graph.value(copy).type = type;
  graph.value(copy).layout = layout;
  graph.value(copy).quantisation = quantisation;
  copies.push_back(id);
  copies[static_cast<size_t>(id)] = copy;
  return copy;
}

// Nodes in their order, each after the conversions that it needs.
void place_conversions(Graph& graph, const Ranks& ranks) {
  std::vector<int> copies(graph.values.size(), -1);
  std::vector<Node> old = std::move(graph.nodes);
  graph.nodes.clear();
  for (Node& node : old) {
    if (node.op->layout != LayoutRule::kConvert) {
      const Layout chosen = layout_for(graph, ranks, node);
      for (int& id : node.inputs)
        if (has_layout(graph, id) && rank_of(ranks, id) == 4)
          id = in_layout(graph, copies, id, chosen);
      for (const int id : node.outputs)
        if (rank_of(ranks, id) == 4) graph.value(id).layout = chosen;
    }
    graph.nodes.push_back(std::move(node));
  }
  for (int& id : graph.outputs) id = in_layout(graph, copies, id, Layout::kRows);
}

// What an earlier run inserted, so that a second run makes the same graph.
void remove_conversions(Graph& graph) {
  std::vector<bool> gone(graph.nodes.size(), false);
  std::vector<int> source(graph.values.size());
  for (size_t id = 0; id < source.size(); ++id) source[id] = static_cast<int>(id);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    Node& node = graph.nodes[n];
    for (int& id : node.inputs)
      if (id != Node::kAbsent) id = source[static_cast<size_t>(id)];
    if (node.op->layout != LayoutRule::kConvert) continue;
    source[static_cast<size_t>(node.outputs[0])] = node.inputs[0];
    gone[n] = true;
  }
  for (int& id : graph.outputs) id = source[static_cast<size_t>(id)];
  remove_nodes(graph, gone);
  for (edge::Value& value : graph.values) value.layout = Layout::kRows;
}

}  // namespace

void layout(Graph& graph, const Probes& probes) {
  remove_conversions(graph);
  const Ranks ranks = ranks_of(graph, probes);
  const std::vector<bool> wanted = wanted_channels_last(graph, ranks);
  for (const int id : graph.inputs)
    if (rank_of(ranks, id) == 4 && wanted[static_cast<size_t>(id)])
      graph.value(id).layout = Layout::kChannelsLast;
  place_conversions(graph, ranks);
}

}  // namespace paucal::graph
