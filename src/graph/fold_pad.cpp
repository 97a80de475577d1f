#include "graph/fold_pad.h"

#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Node;

bool pads_sides_with_zeros(const Node& node) {
  if (!is(node, "pad") || node.number("value", 0) != 0) return false;
  const edge::Attribute &begin = node.attributes.at("begin"), &end = node.attributes.at("end");
  return begin.size() == 4 && begin[0] == 0 && begin[1] == 0 && end[0] == 0 && end[1] == 0;
}

}  // namespace

void fold_pad(edge::Graph& graph, const Probes&) {
  const Uses uses(graph);
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& pad = graph.nodes[n];
    if (!pads_sides_with_zeros(pad)) continue;
    const int reader = uses.only_reader(pad.outputs[0]);
    if (reader < 0) continue;
    Node& conv = graph.nodes[static_cast<size_t>(reader)];
    if (!is(conv, "conv2d") || conv.input(0) != pad.outputs[0]) continue;
    const edge::Attribute &begin = pad.attributes.at("begin"), &end = pad.attributes.at("end");
    edge::Attribute padding = {begin[2], begin[3], end[2], end[3]};
    for (size_t i = 0; i < padding.size(); ++i) padding[i] += conv.number("padding", 0, i);
    conv.attributes["padding"] = padding;
    conv.inputs[0] = pad.input(0);
    gone[n] = true;
  }
  remove_nodes(graph, gone);
}

}  // namespace paucal::graph
