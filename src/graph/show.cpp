#include "graph/show.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "edge/graph/op.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;
using edge::Signature;

// Signatures of these values; absent inputs have an absent shape.
std::vector<Signature> of(std::span<const Signature> signatures, const std::vector<int>& ids) {
  std::vector<Signature> result;
  for (const int id : ids)
    result.push_back(id == Node::kAbsent ? Signature{} : signatures[static_cast<size_t>(id)]);
  return result;
}

double kilobytes(const Signature& signature) {
  return static_cast<double>(signature.shape.elements()) *
         static_cast<double>(edge::size_of(signature.type)) / 1e3;
}

// Names from files may hold quotes and line ends.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return result + "\"";
}

std::string attributes_text(const Node& node) {
  std::string text;
  for (const auto& [name, numbers] : node.attributes)
    text += fmt::format(" {}={:g}", name, fmt::join(numbers, ","));
  return text;
}

}  // namespace

double flops_of(const Node& node, std::span<const Signature> signatures) {
  const auto in = of(signatures, node.inputs), out = of(signatures, node.outputs);
  if (node.op->flops) return node.op->flops(node, in, out);
  return static_cast<double>(out[0].shape.elements());
}

std::string to_table(const Graph& graph, std::span<const Signature> signatures) {
  std::string text = fmt::format("{:<32} {:<18} {:<22} {:>9} {:>10} {:>10}\n", "node", "op",
                                 "output", "MFLOP", "KB out", "KB const");
  double flops = 0, out = 0, constant = 0;
  for (const Node& node : graph.nodes) {
    double written = 0, held = 0;
    for (const Signature& signature : of(signatures, node.outputs)) written += kilobytes(signature);
    for (const int id : node.inputs)
      if (id != Node::kAbsent && graph.value(id).is_constant())
        held += static_cast<double>(graph.value(id).data.bytes.size()) / 1e3;
    const double work = flops_of(node, signatures);
    const Signature& first = signatures[static_cast<size_t>(node.outputs[0])];
    text += fmt::format("{:<32} {:<18} {:<22} {:>9.2f} {:>10.1f} {:>10.1f} {}\n", node.name,
                        node.op->name,
                        fmt::format("{} {}", edge::name_of(first.type), first.shape.text()),
                        work / 1e6, written, held, attributes_text(node));
    flops += work, out += written, constant += held;
  }
  return text + fmt::format("{:<32} {:<18} {:<22} {:>9.2f} {:>10.1f} {:>10.1f}\n",
                            fmt::format("{} nodes", graph.nodes.size()), "", "", flops / 1e6, out,
                            constant);
}

std::string to_dot(const Graph& graph, std::span<const Signature> signatures) {
  std::string text = "digraph model {\n  node [shape=box, fontname=\"sans-serif\"];\n";
  const auto edge_label = [&](int id) {
    return quoted(signatures[static_cast<size_t>(id)].shape.text());
  };
  std::vector<std::string> writer(graph.values.size());
  for (const int id : graph.inputs) {
    writer[static_cast<size_t>(id)] = fmt::format("in{}", id);
    text += fmt::format("  in{} [label={}, shape=oval];\n", id, quoted(graph.value(id).name));
  }
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    text += fmt::format("  n{} [label={}];\n", n,
                        quoted(fmt::format("{} | {}", node.op->name, node.name)));
    for (const int id : node.inputs)
      if (id != Node::kAbsent && !writer[static_cast<size_t>(id)].empty())
        text += fmt::format("  {} -> n{} [label={}];\n", writer[static_cast<size_t>(id)], n,
                            edge_label(id));
    for (const int id : node.outputs) writer[static_cast<size_t>(id)] = fmt::format("n{}", n);
  }
  for (const int id : graph.outputs)
    text +=
        fmt::format("  out{0} [label={1}, shape=oval];\n  {2} -> out{0} [label={3}];\n", id,
                    quoted(graph.value(id).name), writer[static_cast<size_t>(id)], edge_label(id));
  return text + "}\n";
}

}  // namespace paucal::graph
