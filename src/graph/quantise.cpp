#include "graph/quantise.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "base/error.h"
#include "edge/graph/op.h"
#include "graph/quantise_choice.h"
#include "graph/quantise_weights.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;
using edge::Quantisation;
using edge::Type;
using edge::Value;

// Ids of a value in the new graph; -1: not there.
struct Forms {
  int plain = -1, int8 = -1;
};

// The new graph as far as it is written.
struct Int8Graph {
  const Graph& from;
  const Ranges& ranges;
  std::vector<Forms> forms = std::vector<Forms>(from.values.size());  // of each value of `from`
  Graph to = {};

  Forms& form(int id) { return forms[static_cast<size_t>(id)]; }
  Quantisation quantisation(int id) const {
    return quantisation_of(ranges[static_cast<size_t>(id)]);
  }
};

int add_form(Graph& to, const Value& like, std::string name, Type type,
             const Quantisation& quantisation) {
  Value value;
  value.name = std::move(name), value.type = type, value.layout = like.layout;
  value.quantisation = quantisation;
  return to.add_value(std::move(value));
}

void add_convert(Graph& to, std::string_view op, const std::string& name, int in, int out) {
  Node node;
  node.op = edge::find_op(op), node.name = name, node.inputs = {in}, node.outputs = {out};
  to.nodes.push_back(std::move(node));
}

// The value as the fp32 nodes know it; constants come along when they are asked for.
int plain_form(Int8Graph& g, int id) {
  if (id < 0) return id;
  const Value& value = g.from.value(id);
  Forms& form = g.form(id);
  if (form.plain >= 0) return form.plain;
  if (value.is_constant()) return form.plain = g.to.add_value(value);
  form.plain = add_form(g.to, value, value.name, Type::kF32, {});
  add_convert(g.to, "dequantize", value.name + ".dequantize", form.int8, form.plain);
  return form.plain;
}

int int8_form(Int8Graph& g, int id) {
  const Value& value = g.from.value(id);
  Forms& form = g.form(id);
  if (form.int8 >= 0) return form.int8;
  form.int8 = add_form(g.to, value, value.name + ".u8", Type::kU8, g.quantisation(id));
  add_convert(g.to, "quantize", value.name + ".quantize", form.plain, form.int8);
  return form.int8;
}

void copy_node(Int8Graph& g, const Node& node) {
  Node copy = node;
  for (int& id : copy.inputs) id = plain_form(g, id);
  for (int& id : copy.outputs) {
    const int made = g.to.add_value(g.from.value(id));
    g.form(id).plain = made, id = made;
  }
  g.to.nodes.push_back(std::move(copy));
}

template <class T>
int add_numbers(Graph& to, const std::string& name, Type type, const edge::Shape& shape,
                const std::vector<T>& numbers) {
  return to.add_constant(name, type, shape, std::as_bytes(std::span(numbers)));
}

std::vector<int> layer_inputs_of(Int8Graph& g, const Node& node) {
  const int x = int8_form(g, node.inputs[0]);
  const edge::Shape& shape = g.from.value(node.inputs[1]).shape;
  const Int8Weights weights =
      quantise_weights(g.from.floats(node.inputs[1]), g.from.floats(node.input(2)), shape[0],
                       g.to.value(x).quantisation.scale);
  std::vector<int> inputs{
      x, add_numbers(g.to, node.name + ".weight", Type::kI8, shape, weights.weight),
      add_numbers(g.to, node.name + ".scale", Type::kF32, {shape[0]}, weights.scale),
      add_numbers(g.to, node.name + ".bias", Type::kI32, {shape[0]}, weights.bias)};
  if (node.input(3) >= 0) inputs.push_back(int8_form(g, node.input(3)));
  return inputs;
}

void add_int8_node(Int8Graph& g, const Node& node) {
  Node copy = node;
  const bool keeps = node.op->name == "max_pool2d";  // the op, scale and zero point
  if (!keeps) copy.op = edge::find_op(std::string(node.op->name) + "_i8");
  if (is_layer(node))
    copy.inputs = layer_inputs_of(g, node);
  else
    for (int& id : copy.inputs) id = int8_form(g, id);
  const int out = node.outputs[0];
  const Quantisation quantisation =
      keeps ? g.to.value(copy.inputs[0]).quantisation : g.quantisation(out);
  const Value& value = g.from.value(out);
  g.form(out).int8 = add_form(g.to, value, value.name + ".u8", Type::kU8, quantisation);
  copy.outputs = {g.form(out).int8};
  g.to.nodes.push_back(std::move(copy));
}

Graph rewritten(const Graph& from, const Ranges& ranges, const std::vector<bool>& int8) {
  Int8Graph g{from, ranges};
  for (const int id : from.inputs) {
    g.form(id).plain = g.to.add_value(from.value(id));
    g.to.inputs.push_back(g.form(id).plain);
  }
  for (size_t n = 0; n < from.nodes.size(); ++n)
    int8[n] ? add_int8_node(g, from.nodes[n]) : copy_node(g, from.nodes[n]);
  for (const int id : from.outputs) g.to.outputs.push_back(plain_form(g, id));
  return std::move(g.to);
}

}  // namespace

Quantisation quantisation_of(const Range& range) {
  const double low = std::min(0.f, range.low), high = std::max(0.f, range.high);
  if (low == high) return {1, 0};
  const double scale = std::max((high - low) / 255, 1e-20);
  return {static_cast<float>(scale),
          static_cast<int>(std::clamp(std::nearbyint(-low / scale), 0., 255.))};
}

Result<Graph> quantise(const Graph& graph, const Ranges& ranges, const QuantiseOptions& options) {
  if (auto wrong = edge::validate(graph)) return *wrong;
  if (ranges.size() != graph.values.size())
    return failure("quantise", "ranges of {} values, expected those of the graph's {}",
                   ranges.size(), graph.values.size());
  for (const Node& node : graph.nodes)
    for (const int id : node.inputs)
      for (const float v : graph.floats(id))
        if (is_layer(node) && !std::isfinite(v))
          return failure("quantise", "node '{}': constant '{}' is not finite", node.name,
                         graph.value(id).name);
  Graph result = rewritten(graph, ranges, choose_int8(graph, ranges, options));
  if (auto wrong = edge::validate(result)) return *wrong;
  return result;
}

}  // namespace paucal::graph
