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

class LayoutPass {
 public:
  LayoutPass(Graph& graph, const Probes& probes) : graph_(graph), uses_(graph) {
    const auto signatures = signatures_at(graph, probes);
    if (signatures.empty())
      fail("graph", "layout: no input sizes are known at which the shape rules hold");
    for (const edge::Signature& s : signatures[0]) ranks_.push_back(s.shape.rank());
    converted_.assign(graph.values.size(), -1);
    wanted_.assign(graph.values.size(), -1);
  }

  void run() {
    for (const int id : graph_.inputs)
      if (rank(id) == 4 && wants_channels_last(id)) graph_.value(id).layout = Layout::kChannelsLast;
    std::vector<Node> old = std::move(graph_.nodes);
    graph_.nodes.clear();
    for (Node& node : old) place(std::move(node));
    for (int& id : graph_.outputs) id = in_layout(id, Layout::kRows);
  }

 private:
  int rank(int id) const { return ranks_[static_cast<size_t>(id)]; }
  bool counts(int id) const { return id != Node::kAbsent && !graph_.value(id).is_constant(); }

  // Whether an op in channels-last memory reads the value, itself or through ops of any layout.
  bool wants_channels_last(int id) {
    int& wanted = wanted_[static_cast<size_t>(id)];
    if (wanted >= 0) return wanted == 1;
    const auto wants = [&](int reader) {
      const Node& node = reader_node(reader);
      if (node.op->layout == LayoutRule::kChannelsLast) return true;
      return node.op->layout == LayoutRule::kAny && rank(node.outputs[0]) == 4 &&
             wants_channels_last(node.outputs[0]);
    };
    wanted = std::ranges::any_of(uses_.readers(id), wants);
    return wanted == 1;
  }
  const Node& reader_node(int n) const { return graph_.nodes[static_cast<size_t>(n)]; }

  Layout choose(const Node& node) const {
    if (node.op->layout == LayoutRule::kChannelsLast) return Layout::kChannelsLast;
    if (node.op->layout != LayoutRule::kAny) return Layout::kRows;
    bool some = false;
    for (const auto* ids : {&node.inputs, &node.outputs})
      for (const int id : *ids) {
        if (!counts(id)) continue;
        if (rank(id) != 4) return Layout::kRows;
        some |= graph_.value(id).layout == Layout::kChannelsLast;
      }
    return some ? Layout::kChannelsLast : Layout::kRows;
  }

  void place(Node node) {
    if (node.op->layout != LayoutRule::kConvert) {
      const Layout chosen = choose(node);
      for (int& id : node.inputs)
        if (counts(id) && rank(id) == 4) id = in_layout(id, chosen);
      for (const int id : node.outputs)
        if (rank(id) == 4) graph_.value(id).layout = chosen;
    }
    graph_.nodes.push_back(std::move(node));
  }

  // The value, or the one copy of it in the other layout. A copy of a copy is the value.
  int in_layout(int id, Layout layout) {
    if (graph_.value(id).layout == layout) return id;
    if (const int known = converted_[static_cast<size_t>(id)]; known >= 0) return known;
    const bool rows = layout == Layout::kRows;
    const std::string_view op = rows ? "to_rows" : "to_channels_last";
    const edge::Type type = graph_.value(id).type;
    const edge::Quantisation quantisation = graph_.value(id).quantisation;
    const int copy =
        graph_.add_node(op, graph_.value(id).name + (rows ? "/rows" : "/channels_last"), {id});
    graph_.value(copy).type = type;
    graph_.value(copy).layout = layout;
    graph_.value(copy).quantisation = quantisation;
    ranks_.push_back(rank(id));
    converted_.push_back(id);
    converted_[static_cast<size_t>(id)] = copy;
    return copy;
  }

  Graph& graph_;
  Uses uses_;
  std::vector<int> ranks_;
  std::vector<int> converted_;
  std::vector<int> wanted_;  // -1 unknown, 0, 1
};

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
  LayoutPass(graph, probes).run();
}

}  // namespace paucal::graph
