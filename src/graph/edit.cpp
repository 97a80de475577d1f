#include "graph/edit.h"

#include <algorithm>

#include "base/error.h"

namespace paucal::graph {

using edge::Graph;
using edge::Node;

Uses::Uses(const Graph& graph)
    : writer_(graph.values.size(), -1),
      readers_(graph.values.size()),
      is_output_(graph.values.size(), false) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (const int id : graph.nodes[n].inputs)
      if (id != Node::kAbsent) readers_[static_cast<size_t>(id)].push_back(static_cast<int>(n));
    for (const int id : graph.nodes[n].outputs)
      writer_[static_cast<size_t>(id)] = static_cast<int>(n);
  }
  for (const int id : graph.outputs) is_output_[static_cast<size_t>(id)] = true;
}

int Uses::only_reader(int value) const {
  return readers(value).size() == 1 && !is_output(value) ? readers(value)[0] : -1;
}

bool has_attribute(const edge::OpInfo& op, std::string_view name) {
  return std::ranges::find(op.attributes, name, &edge::AttributeInfo::name) != op.attributes.end();
}

void remove_nodes(Graph& graph, const std::vector<bool>& gone) {
  size_t kept = 0;
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    if (gone[n]) continue;
    if (kept != n) graph.nodes[kept] = std::move(graph.nodes[n]);
    ++kept;
  }
  graph.nodes.resize(kept);
}

std::vector<std::vector<edge::Signature>> signatures_at(const Graph& graph, const Probes& probes) {
  std::vector<std::vector<edge::Signature>> all;
  for (const auto& shapes : probes) all.push_back(value_or_throw(edge::infer(graph, shapes)));
  return all;
}

}  // namespace paucal::graph
