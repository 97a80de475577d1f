#pragma once
// The static graph: the one representation that the tracer makes, the passes rewrite, the file
// stores and the runtime executes. Values are numbered; nodes stand in an order in which they can
// run (each reads what earlier ones wrote).

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "edge/graph/tensor.h"

namespace paucal::edge {

struct OpInfo;

// Numbers alone, integers being exact up to 2^53: strides [2, 2], epsilon [1e-5].
using Attribute = std::vector<double>;

// Affine: real = scale · (stored - zero_point). Scale 0: not quantised.
struct Quantisation {
  float scale = 0;
  int zero_point = 0;
};

struct Value {
  std::string name;
  Type type = Type::kF32;
  Layout layout = Layout::kRows;
  // Of constants exact, of graph inputs with Shape::kFree where any size goes; of all others
  // absent: the shape rules tell it once the sizes of the inputs are known.
  Shape shape = Shape::absent();
  Quantisation quantisation;
  SharedBytes data;  // constants only

  bool is_constant() const { return data.owner != nullptr; }
};

struct Node {
  static constexpr int kAbsent = -1;  // an optional input that is left out

  const OpInfo* op = nullptr;
  std::string name;  // of the module it came from: "layer1.0.conv1"
  std::vector<int> inputs;
  std::vector<int> outputs;
  std::map<std::string, Attribute, std::less<>> attributes;

  bool has(std::string_view attribute) const { return attributes.contains(attribute); }
  // The i-th number of an attribute; `otherwise` where the node lacks it.
  double number(std::string_view attribute, double otherwise, size_t i = 0) const;
  int64_t integer(std::string_view attribute, int64_t otherwise, size_t i = 0) const;
  int input(size_t i) const { return i < inputs.size() ? inputs[i] : kAbsent; }
};

struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<int> inputs;
  std::vector<int> outputs;

  const Value& value(int id) const { return values[static_cast<size_t>(id)]; }
  Value& value(int id) { return values[static_cast<size_t>(id)]; }
  int add_value(Value value);
  int add_constant(std::string name, Type type, const Shape& shape,
                   std::span<const std::byte> bytes);
  int add_input(std::string name, Type type, const Shape& shape);
  // Appends a node of the op with `outputs` fresh values of type f32 named after it; returns the
  // first. The op must exist.
  int add_node(std::string_view op, std::string name, std::vector<int> inputs,
               std::map<std::string, Attribute, std::less<>> attributes = {}, int outputs = 1);

  // f32 constants as numbers; empty where the value is no f32 constant.
  std::span<const float> floats(int id) const;
};

// Everything that can be told without sizes: ids, order, op arity, attributes and their bounds,
// types of constants against their bytes, layouts. A graph that passes can be planned safely.
std::optional<Failure> validate(const Graph& graph);

// Signature of every value for these sizes of the inputs; names the node that does not fit.
Result<std::vector<Signature>> infer(const Graph& graph, std::span<const Shape> input_shapes);

// An op that walks over channels must not be handed rows: the numbers would be there, but others.
// Holds from the layout pass on; a traced graph is row-major throughout.
std::optional<Failure> check_channels_last(const Graph& graph,
                                           std::span<const Signature> signatures);

// Structure without the constants' bytes: each constant has "offset" and "bytes" into `weights`,
// which collects them, 64-byte aligned.
Json to_json(const Graph& graph, std::vector<std::byte>& weights);
// Hostile input: whatever is wrong is a Failure that names the node or value. Validated.
Result<Graph> graph_from_json(const Json& json, std::span<const std::byte> weights,
                              std::shared_ptr<const void> owner);

// A line a node, for people; with signatures of infer(), shapes too.
std::string to_text(const Graph& graph, std::span<const Signature> signatures = {});

}  // namespace paucal::edge
