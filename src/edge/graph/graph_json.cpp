// The graph as JSON, and back from hostile JSON.

#include <algorithm>

#include "base/error.h"
#include "edge/graph/graph.h"
#include "edge/graph/op.h"

namespace paucal::edge {
namespace {

constexpr size_t kAlignment = 64;

Json shape_json(const Shape& shape) {
  return Json(shape.dims());
}

Shape shape_from(const Json& json, const std::string& name) {
  const auto dims = json.get<std::vector<int64_t>>();
  if (dims.size() > Shape::kMaxRank)
    fail("graph", "value '{}': {} dimensions, expected at most {}", name, dims.size(),
         Shape::kMaxRank);
  for (const int64_t dim : dims)
    if (dim < Shape::kFree)
      fail("graph", "value '{}': a dimension of {}, expected at least 0", name, dim);
  return Shape(std::span<const int64_t>(dims));
}

Value value_from(const Json& json, std::span<const std::byte> weights,
                 const std::shared_ptr<const void>& owner) {
  Value value;
  value.name = json.at("name").get<std::string>();
  const auto type = json.at("type").get<std::string>();
  if (!parse_type(type, value.type))
    fail("graph", "value '{}': unknown type '{}'", value.name, type);
  if (json.contains("layout")) {
    const auto layout = json.at("layout").get<std::string>();
    if (layout != "channels_last")
      fail("graph", "value '{}': unknown layout '{}'", value.name, layout);
    value.layout = Layout::kChannelsLast;
  }
  if (json.contains("shape")) value.shape = shape_from(json.at("shape"), value.name);
  if (json.contains("scale")) {
    value.quantisation.scale = json.at("scale").get<float>();
    value.quantisation.zero_point = json.at("zero_point").get<int>();
    if (!(value.quantisation.scale > 0 && value.quantisation.scale < 1e30f) ||
        value.quantisation.zero_point < -128 || value.quantisation.zero_point > 255)
      fail("graph", "value '{}': scale {} and zero point {}, expected positive and -128 to 255",
           value.name, value.quantisation.scale, value.quantisation.zero_point);
  }
  if (json.contains("offset")) {
    const auto offset = json.at("offset").get<uint64_t>();
    const auto bytes = json.at("bytes").get<uint64_t>();
    if (offset % kAlignment != 0 || offset > weights.size() || bytes > weights.size() - offset)
      fail("graph", "value '{}': bytes {} to {} of the weights, expected within {}, aligned to {}",
           value.name, offset, offset + bytes, weights.size(), kAlignment);
    value.data = {owner, weights.subspan(offset, bytes)};
  }
  return value;
}

Node node_from(const Json& json) {
  Node node;
  node.name = json.at("name").get<std::string>();
  const auto op = json.at("op").get<std::string>();
  node.op = find_op(op);
  if (!node.op) fail("graph", "node '{}': unknown op '{}'", node.name, op);
  node.inputs = json.at("in").get<std::vector<int>>();
  node.outputs = json.at("out").get<std::vector<int>>();
  if (json.contains("attributes"))
    for (const auto& [name, numbers] : json.at("attributes").items())
      node.attributes[name] = numbers.get<Attribute>();
  return node;
}

}  // namespace

Json to_json(const Graph& graph, std::vector<std::byte>& weights) {
  Json values = Json::array(), nodes = Json::array();
  for (const Value& value : graph.values) {
    Json json = {{"name", value.name}, {"type", name_of(value.type)}};
    if (value.layout == Layout::kChannelsLast) json["layout"] = "channels_last";
    if (!value.shape.is_absent()) json["shape"] = shape_json(value.shape);
    if (value.quantisation.scale > 0) {
      json["scale"] = value.quantisation.scale;
      json["zero_point"] = value.quantisation.zero_point;
    }
    if (value.is_constant()) {
      weights.resize((weights.size() + kAlignment - 1) / kAlignment * kAlignment);
      json["offset"] = weights.size();
      json["bytes"] = value.data.bytes.size();
      weights.insert(weights.end(), value.data.bytes.begin(), value.data.bytes.end());
    }
    values.push_back(std::move(json));
  }
  for (const Node& node : graph.nodes) {
    Json json = {
        {"op", node.op->name}, {"name", node.name}, {"in", node.inputs}, {"out", node.outputs}};
    for (const auto& [name, numbers] : node.attributes) json["attributes"][name] = numbers;
    nodes.push_back(std::move(json));
  }
  return {{"values", std::move(values)},
          {"nodes", std::move(nodes)},
          {"inputs", graph.inputs},
          {"outputs", graph.outputs}};
}

Result<Graph> graph_from_json(const Json& json, std::span<const std::byte> weights,
                              std::shared_ptr<const void> owner) {
  Graph graph;
  try {
    for (const Json& value : json.at("values"))
      graph.values.push_back(value_from(value, weights, owner));
    for (const Json& node : json.at("nodes")) graph.nodes.push_back(node_from(node));
    graph.inputs = json.at("inputs").get<std::vector<int>>();
    graph.outputs = json.at("outputs").get<std::vector<int>>();
  } catch (const Json::exception& error) {
    return failure("graph", "{}", error.what());
  } catch (const Error& error) {
    return Failure{error.place(), error.message()};
  }
  if (auto wrong = validate(graph)) return *wrong;
  return graph;
}

std::string to_text(const Graph& graph, std::span<const Signature> signatures) {
  const auto name = [&](int id) {
    if (id == Node::kAbsent) return std::string("-");
    const Value& value = graph.value(id);
    std::string text = "%" + value.name;
    const Shape& shape =
        signatures.empty() ? value.shape : signatures[static_cast<size_t>(id)].shape;
    if (!shape.is_absent()) text += fmt::format(": {} {}", name_of(value.type), shape.text());
    return text;
  };
  std::string text;
  for (const int id : graph.inputs) text += fmt::format("input {}\n", name(id));
  for (const Node& node : graph.nodes) {
    std::vector<std::string> in, out, attributes;
    for (const int id : node.inputs) in.push_back(name(id));
    for (const int id : node.outputs) out.push_back(name(id));
    for (const auto& [key, numbers] : node.attributes)
      attributes.push_back(fmt::format("{} = {}", key, numbers));
    text += fmt::format("{} = {}({})", fmt::join(out, ", "), node.op->name, fmt::join(in, ", "));
    if (!attributes.empty()) text += fmt::format(" {{{}}}", fmt::join(attributes, ", "));
    text += "\n";
  }
  for (const int id : graph.outputs) text += fmt::format("output {}\n", name(id));
  return text;
}

}  // namespace paucal::edge
