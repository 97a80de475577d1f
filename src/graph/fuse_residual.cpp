#include "graph/fuse_residual.h"

#include <algorithm>

#include "graph/edit.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;
using Signatures = std::vector<std::vector<edge::Signature>>;

const edge::Shape& shape_of(const std::vector<edge::Signature>& probe, int id) {
  return probe[static_cast<size_t>(id)].shape;
}

// Not merely a value that would be broadcast.
bool same_shape(const Signatures& signatures, int a, int b) {
  return std::ranges::all_of(
      signatures, [&](const auto& probe) { return shape_of(probe, a) == shape_of(probe, b); });
}

// Op by op, not by comparing sizes: two sizes may be equal at every probe by chance.
bool keeps_size(const Graph& graph, const Node& node) {
  constexpr std::string_view kPointwise[] = {"relu",         "clamp", "leaky_relu", "batch_norm",
                                             "sigmoid",      "tanh",  "silu",       "hard_swish",
                                             "hard_sigmoid", "gelu"};
  if (std::ranges::find(kPointwise, node.op->name) != std::end(kPointwise)) return true;
  if (!is(node, "conv2d")) return false;
  const edge::Shape& weight = graph.value(node.input(1)).shape;
  for (size_t d = 0; d < 2; ++d) {
    const int64_t reach = node.integer("dilation", 1, d) * (weight[static_cast<int>(d) + 2] - 1);
    const int64_t padding = node.integer("padding", 0, d) + node.integer("padding", 0, d + 2);
    if (node.integer("stride", 1, d) != 1 || padding != reach) return false;
  }
  return true;
}

// The convolution whose output is `id`, if nothing has been fused into it that would come after
// the sum, and only the sum reads it.
int open_conv(const Graph& graph, const Uses& uses, int id, int sum) {
  const int writer = uses.writer(id);
  if (writer < 0 || uses.only_reader(id) != sum) return -1;
  const Node& conv = graph.nodes[static_cast<size_t>(writer)];
  const bool open = is(conv, "conv2d") && !conv.has("clamp") && conv.input(3) == Node::kAbsent;
  return open ? writer : -1;
}

}  // namespace

void fuse_residual(Graph& graph, const Probes& probes) {
  const Uses uses(graph);
  const Signatures signatures = signatures_at(graph, probes);
  if (signatures.empty()) return;
  std::vector<bool> gone(graph.nodes.size(), false);
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& sum = graph.nodes[n];
    if (!is(sum, "add")) continue;
    const int a = sum.input(0), b = sum.input(1);
    if (graph.value(a).is_constant() || graph.value(b).is_constant() ||
        !same_shape(signatures, a, b))
      continue;
    // Of two candidates the one that runs later: the other's output is the residual.
    const int conv_a = open_conv(graph, uses, a, static_cast<int>(n));
    const int conv_b = open_conv(graph, uses, b, static_cast<int>(n));
    const int conv = std::max(conv_a, conv_b);
    if (conv < 0 || gone[static_cast<size_t>(conv)]) continue;

    // In the place of the sum, where the residual is there for certain.
    Node fused = std::move(graph.nodes[static_cast<size_t>(conv)]);
    fused.inputs.resize(4, Node::kAbsent);
    fused.inputs[3] = conv == conv_a ? b : a;
    fused.outputs = sum.outputs;
    if (sum.has("clamp")) fused.attributes["clamp"] = sum.attributes.at("clamp");
    graph.nodes[n] = std::move(fused);
    gone[static_cast<size_t>(conv)] = true;
  }
  remove_nodes(graph, gone);
}

void shorten_like(Graph& graph, const Probes&) {
  const Uses uses(graph);
  for (Node& node : graph.nodes) {
    if ((!is(node, "resize_nearest") && !is(node, "resize_bilinear")) ||
        node.input(1) == Node::kAbsent)
      continue;
    for (;;) {
      const int writer = uses.writer(node.input(1));
      if (writer < 0 || !keeps_size(graph, graph.nodes[static_cast<size_t>(writer)])) break;
      const int earlier = graph.nodes[static_cast<size_t>(writer)].input(0);
      if (graph.value(earlier).is_constant()) break;
      node.inputs[1] = earlier;
    }
  }
}

}  // namespace paucal::graph
