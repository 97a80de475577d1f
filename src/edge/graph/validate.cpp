// What can be told of a graph without the sizes of its inputs.

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/graph/graph.h"
#include "edge/graph/op.h"

namespace paucal::edge {
namespace {

// Planning takes time in the square of these.
constexpr size_t kMaxValues = 100'000;
constexpr size_t kMaxInputs = 256;

std::string where(const Graph& graph, const Node& node) {
  return fmt::format("node {} '{}' ({})", &node - graph.nodes.data(), node.name,
                     node.op ? node.op->name : "?");
}

std::optional<Failure> check_value(const Value& value, size_t id) {
  if (value.layout == Layout::kChannelsLast &&
      (value.is_constant() || (!value.shape.is_absent() && value.shape.rank() != 4)))
    return failure("graph", "value {} '{}': channels-last, expected no constant and 4 dimensions",
                   id, value.name);
  if (!value.is_constant()) return std::nullopt;
  const int64_t elements = value.shape.elements();
  if (elements < 0 ||
      static_cast<uint64_t>(elements) * size_of(value.type) != value.data.bytes.size())
    return failure("graph", "value {} '{}': {} bytes, expected those of {} {}", id, value.name,
                   value.data.bytes.size(), name_of(value.type), value.shape.text());
  return std::nullopt;
}

std::optional<Failure> check_attributes(const Graph& graph, const Node& node) {
  for (const auto& [name, numbers] : node.attributes) {
    const auto info = std::ranges::find(node.op->attributes, name, &AttributeInfo::name);
    if (info == node.op->attributes.end())
      return failure("graph", "{}: unknown attribute '{}'", where(graph, node), name);
    const auto count = static_cast<int>(std::min<size_t>(numbers.size(), 1 << 20));
    if (count < info->min_count || count > info->max_count)
      return failure("graph", "{}: '{}' has {} numbers, expected {} to {}", where(graph, node),
                     name, count, info->min_count, info->max_count);
    for (const double number : numbers)
      if (!(number >= info->low && number <= info->high) ||
          (info->integer && number != std::floor(number)))
        return failure("graph", "{}: '{}' = {}, expected {} from {} to {}", where(graph, node),
                       name, number, info->integer ? "an integer" : "a number", info->low,
                       info->high);
  }
  for (const AttributeInfo& info : node.op->attributes)
    if (info.required && !node.has(info.name))
      return failure("graph", "{}: attribute '{}' is missing", where(graph, node), info.name);
  return std::nullopt;
}

// A constant of rank 4 (a weight) is row-major for every op.
bool layout_counts(const Value& value) {
  return !value.is_constant();
}

std::optional<Failure> check_layouts(const Graph& graph, const Node& node) {
  const LayoutRule rule = node.op->layout;
  if (rule == LayoutRule::kConvert) return std::nullopt;
  std::optional<Layout> common;
  for (const auto* ids : {&node.inputs, &node.outputs})
    for (const int id : *ids) {
      if (id == Node::kAbsent || !layout_counts(graph.value(id))) continue;
      const Layout layout = graph.value(id).layout;
      const bool wrong = (rule == LayoutRule::kRows && layout != Layout::kRows) ||
                         (rule == LayoutRule::kAny && common && *common != layout);
      if (wrong)
        return failure("graph", "{}: value '{}' has a memory layout that the op does not take",
                       where(graph, node), graph.value(id).name);
      common = layout;
    }
  return std::nullopt;
}

std::optional<Failure> check_node(const Graph& graph, const Node& node,
                                  std::vector<bool>& defined) {
  if (!node.op) return failure("graph", "{}: no op", where(graph, node));
  const OpInfo& op = *node.op;
  const auto inputs = static_cast<int>(std::min<size_t>(node.inputs.size(), 1 << 20));
  if (inputs < op.min_inputs || inputs > op.max_inputs)
    return failure("graph", "{}: {} inputs, expected {} to {}", where(graph, node), inputs,
                   op.min_inputs, op.max_inputs);
  if (node.outputs.size() != static_cast<size_t>(op.outputs))
    return failure("graph", "{}: {} outputs, expected {}", where(graph, node), node.outputs.size(),
                   op.outputs);
  const auto count = static_cast<int>(graph.values.size());
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    const int id = node.inputs[i];
    if (id == Node::kAbsent && static_cast<int>(i) >= op.min_inputs) continue;
    if (id < 0 || id >= count)
      return failure("graph", "{}: input {} is value {}, expected 0 to {}", where(graph, node), i,
                     id, count - 1);
    if (!defined[static_cast<size_t>(id)])
      return failure("graph", "{}: reads value '{}', which no earlier node has written",
                     where(graph, node), graph.value(id).name);
  }
  for (const int id : node.outputs) {
    if (id < 0 || id >= count)
      return failure("graph", "{}: writes value {}, expected 0 to {}", where(graph, node), id,
                     count - 1);
    if (defined[static_cast<size_t>(id)])
      return failure("graph", "{}: writes value '{}' again", where(graph, node),
                     graph.value(id).name);
    defined[static_cast<size_t>(id)] = true;
  }
  if (auto wrong = check_attributes(graph, node)) return wrong;
  return check_layouts(graph, node);
}

}  // namespace

std::optional<Failure> validate(const Graph& graph) {
  if (graph.values.size() > kMaxValues || graph.nodes.size() > kMaxValues)
    return failure("graph", "{} values and {} nodes, expected at most {} of each",
                   graph.values.size(), graph.nodes.size(), kMaxValues);
  if (graph.inputs.size() > kMaxInputs || graph.outputs.size() > kMaxInputs)
    return failure("graph", "{} inputs and {} outputs, expected at most {} of each",
                   graph.inputs.size(), graph.outputs.size(), kMaxInputs);
  std::vector<bool> defined(graph.values.size(), false);
  for (size_t id = 0; id < graph.values.size(); ++id) {
    if (auto wrong = check_value(graph.values[id], id)) return wrong;
    defined[id] = graph.values[id].is_constant();
  }
  const auto in_range = [&](int id) {
    return id >= 0 && static_cast<size_t>(id) < graph.values.size();
  };
  for (const int id : graph.inputs) {
    if (!in_range(id) || defined[static_cast<size_t>(id)])
      return failure("graph",
                     "input value {}: expected a value that is no constant and not named "
                     "twice, of {}",
                     id, graph.values.size());
    if (graph.value(id).shape.is_absent())
      return failure("graph", "input '{}': no declared shape", graph.value(id).name);
    defined[static_cast<size_t>(id)] = true;
  }
  for (const Node& node : graph.nodes)
    if (auto wrong = check_node(graph, node, defined)) return wrong;
  if (graph.outputs.empty()) return failure("graph", "no outputs, expected at least one");
  for (const int id : graph.outputs)
    if (!in_range(id) || !defined[static_cast<size_t>(id)] || graph.value(id).is_constant())
      return failure("graph", "output value {}: expected one that a node writes", id);
  return std::nullopt;
}

Result<std::vector<Signature>> infer(const Graph& graph, std::span<const Shape> input_shapes) {
  if (input_shapes.size() != graph.inputs.size())
    return failure("graph", "{} inputs given, expected {}", input_shapes.size(),
                   graph.inputs.size());
  std::vector<Signature> signatures(graph.values.size());
  for (size_t id = 0; id < graph.values.size(); ++id)
    signatures[id] = {graph.values[id].type,
                      graph.values[id].is_constant() ? graph.values[id].shape : Shape::absent()};
  for (size_t i = 0; i < input_shapes.size(); ++i) {
    const Value& value = graph.value(graph.inputs[i]);
    const Shape& given = input_shapes[i];
    bool fits = given.rank() == value.shape.rank() && given.elements() >= 0;
    for (int d = 0; fits && d < given.rank(); ++d)
      fits = value.shape[d] == Shape::kFree || value.shape[d] == given[d];
    if (!fits)
      return failure("graph", "input '{}': {}, expected {}", value.name, given.text(),
                     value.shape.text());
    signatures[static_cast<size_t>(graph.inputs[i])].shape = given;
  }
  std::vector<Signature> in;
  for (const Node& node : graph.nodes) {
    in.clear();
    for (const int id : node.inputs)
      in.push_back(id == Node::kAbsent ? Signature{} : signatures[static_cast<size_t>(id)]);
    const auto out = node.op->infer(node, in);
    if (!out.ok()) return failure("graph", "{}: {}", where(graph, node), out.failure().message);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const Value& value = graph.value(node.outputs[i]);
      const Signature& signature = out.value()[i];
      if (signature.type != value.type)
        return failure("graph", "{}: writes {}, but value '{}' is {}", where(graph, node),
                       name_of(signature.type), value.name, name_of(value.type));
      if (signature.shape.elements() < 0)
        return failure("graph", "{}: an output of {}, expected at most {} elements",
                       where(graph, node), signature.shape.text(), Shape::kMaxElements);
      if (value.layout == Layout::kChannelsLast && signature.shape.rank() != 4)
        return failure("graph", "{}: value '{}' is channels-last but has {} dimensions",
                       where(graph, node), value.name, signature.shape.rank());
      signatures[static_cast<size_t>(node.outputs[i])] = signature;
    }
  }
  return signatures;
}

std::optional<Failure> check_channels_last(const Graph& graph,
                                           std::span<const Signature> signatures) {
  for (const Node& node : graph.nodes) {
    if (node.op->layout != LayoutRule::kChannelsLast) continue;
    for (const auto* ids : {&node.inputs, &node.outputs})
      for (const int id : *ids) {
        if (id == Node::kAbsent || graph.value(id).is_constant()) continue;
        if (signatures[static_cast<size_t>(id)].shape.rank() == 4 &&
            graph.value(id).layout != Layout::kChannelsLast)
          return failure("graph", "{}: value '{}' is row-major, expected channels-last",
                         where(graph, node), graph.value(id).name);
      }
  }
  return std::nullopt;
}

}  // namespace paucal::edge
