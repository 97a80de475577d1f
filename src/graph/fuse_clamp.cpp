#include "graph/fuse_clamp.h"

#include <algorithm>

#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Node;

struct Bounds {
  double low = -kNoClamp;
  double high = kNoClamp;
};

Bounds bounds_of(const Node& activation) {
  if (is(activation, "relu")) return {0, kNoClamp};
  return {activation.number("low", -kNoClamp), activation.number("high", kNoClamp)};
}

// First `before`, then `then`.
Bounds both(const Bounds& before, const Bounds& then) {
  const auto clamp = [&](double x) { return std::min(std::max(x, then.low), then.high); };
  return {clamp(before.low), clamp(before.high)};
}

}  // namespace

void fuse_clamp(edge::Graph& graph, const Probes&) {
  const Uses uses(graph);
  std::vector<bool> gone(graph.nodes.size(), false);
  for (Node& node : graph.nodes) {
    if (node.outputs.size() != 1 || !has_attribute(*node.op, "clamp")) continue;
    for (;;) {
      const int reader = uses.only_reader(node.outputs[0]);
      if (reader < 0) break;
      const Node& next = graph.nodes[static_cast<size_t>(reader)];
      if (!is(next, "relu") && !is(next, "clamp")) break;
      const Bounds before{node.number("clamp", -kNoClamp, 0), node.number("clamp", kNoClamp, 1)};
      const Bounds joined = both(before, bounds_of(next));
      node.attributes["clamp"] = {joined.low, joined.high};
      node.outputs = next.outputs;
      gone[static_cast<size_t>(reader)] = true;
    }
  }
  remove_nodes(graph, gone);
}

}  // namespace paucal::graph
