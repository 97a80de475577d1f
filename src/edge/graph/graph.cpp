#include "edge/graph/graph.h"

#include <cstring>

#include "edge/graph/op.h"

namespace paucal::edge {

double Node::number(std::string_view attribute, double otherwise, size_t i) const {
  const auto found = attributes.find(attribute);
  return found == attributes.end() || i >= found->second.size() ? otherwise : found->second[i];
}

int64_t Node::integer(std::string_view attribute, int64_t otherwise, size_t i) const {
  return static_cast<int64_t>(number(attribute, static_cast<double>(otherwise), i));
}

int Graph::add_value(Value value) {
  values.push_back(std::move(value));
  return static_cast<int>(values.size()) - 1;
}

int Graph::add_constant(std::string name, Type type, const Shape& shape,
                        std::span<const std::byte> bytes) {
  Value value;
  value.name = std::move(name);
  value.type = type;
  value.shape = shape;
  value.data = SharedBytes::copy_of(bytes);
  return add_value(std::move(value));
}

int Graph::add_input(std::string name, Type type, const Shape& shape) {
  Value value;
  value.name = std::move(name);
  value.type = type;
  value.shape = shape;
  inputs.push_back(add_value(std::move(value)));
  return inputs.back();
}

int Graph::add_node(std::string_view op, std::string name, std::vector<int> node_inputs,
                    std::map<std::string, Attribute, std::less<>> attributes, int outputs_count) {
  Node node;
  node.op = find_op(op);
  if (!node.op) std::abort();  // a name in the code, never in data
  node.inputs = std::move(node_inputs);
  node.attributes = std::move(attributes);
  for (int i = 0; i < outputs_count; ++i) {
    Value value;
    value.name = i == 0 ? name : name + ":" + std::to_string(i);
    node.outputs.push_back(add_value(std::move(value)));
  }
  node.name = std::move(name);
  nodes.push_back(std::move(node));
  return nodes.back().outputs[0];
}

std::span<const float> Graph::floats(int id) const {
  if (id < 0 || !value(id).is_constant() || value(id).type != Type::kF32) return {};
  const auto bytes = value(id).data.bytes;
  return {reinterpret_cast<const float*>(bytes.data()), bytes.size() / sizeof(float)};
}

}  // namespace paucal::edge
