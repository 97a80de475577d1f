#include "graph/dead_code.h"

#include <algorithm>

#include "graph/edit.h"

namespace paucal::graph {

using edge::Graph;
using edge::Node;

void dead_code(Graph& graph, const Probes&) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const int id : graph.outputs) needed[static_cast<size_t>(id)] = true;
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t n = graph.nodes.size(); n-- > 0;) {
    const Node& node = graph.nodes[n];
    gone[n] =
        std::ranges::none_of(node.outputs, [&](int id) { return needed[static_cast<size_t>(id)]; });
    if (gone[n]) continue;
    for (const int id : node.inputs)
      if (id != Node::kAbsent) needed[static_cast<size_t>(id)] = true;
  }
  remove_nodes(graph, gone);
}

void compact(Graph& graph, const Probes&) {
  std::vector<int> renumbered(graph.values.size(), -1);
  std::vector<edge::Value> kept;
  const auto renumber = [&](std::vector<int>& ids) {
    for (int& id : ids) {
      if (id == Node::kAbsent) continue;
      int& number = renumbered[static_cast<size_t>(id)];
      if (number < 0) {
        number = static_cast<int>(kept.size());
        kept.push_back(std::move(graph.value(id)));
      }
      id = number;
    }
  };
  renumber(graph.inputs);
  for (Node& node : graph.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
  }
  renumber(graph.outputs);
  graph.values = std::move(kept);
}

}  // namespace paucal::graph
