// The graph as JSON, and back from hostile JSON.

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "edge/graph/graph.h"
#include "edge/graph/op.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

Json shape_json(const Shape& shape) {
  return Json(shape.dims());
}

// An integer of these bounds: the library would turn 2^32 into 0, and true into 1.
int64_t integer_from(const Json& json, int64_t low, int64_t high) {
  const bool fits =
      json.is_number_unsigned()
          ? std::cmp_less_equal(json.get<uint64_t>(), high)
          : json.is_number_integer() && json.get<int64_t>() >= low && json.get<int64_t>() <= high;
  if (!fits)
    fail("graph", "{}: expected an integer from {} to {}",
         json.is_number() ? json.dump() : json.type_name(), low, high);
  return json.get<int64_t>();
}

const Json& list_from(const Json& json, const char* what) {
  if (!json.is_array()) fail("graph", "'{}' is a {}, expected a list", what, json.type_name());
  return json;
}

// Numbers of values; -1 is an absent input.
std::vector<int> ids_from(const Json& json, const char* what) {
  std::vector<int> ids;
  for (const Json& id : list_from(json, what))
    ids.push_back(static_cast<int>(integer_from(id, Node::kAbsent, INT32_MAX)));
  return ids;
}

Shape shape_from(const Json& json, const std::string& name) {
  std::vector<int64_t> dims;
  for (const Json& dim : list_from(json, "shape"))
    dims.push_back(integer_from(dim, Shape::kFree, Shape::kMaxElements));
  if (dims.size() > Shape::kMaxRank)
    fail("graph", "value '{}': {} dimensions, expected at most {}", name, dims.size(),
         Shape::kMaxRank);
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
    value.quantisation.zero_point =
        static_cast<int>(integer_from(json.at("zero_point"), -128, 255));
    if (!(value.quantisation.scale > 0 && value.quantisation.scale < 1e30f))
      fail("graph", "value '{}': scale {}, expected above 0 and below 1e30", value.name,
           value.quantisation.scale);
  }
  if (json.contains("offset")) {
    const auto offset = static_cast<uint64_t>(integer_from(json.at("offset"), 0, INT64_MAX));
    const auto bytes = static_cast<uint64_t>(integer_from(json.at("bytes"), 0, INT64_MAX));
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
  node.inputs = ids_from(json.at("in"), "in");
  node.outputs = ids_from(json.at("out"), "out");
  if (json.contains("attributes"))
    for (const auto& [name, numbers] : json.at("attributes").items())
      for (Attribute& attribute = node.attributes[name];
           const Json& number : list_from(numbers, "attribute")) {
        if (!number.is_number())
          fail("graph", "node '{}': '{}' holds a {}, expected numbers", node.name, name,
               number.type_name());
        attribute.push_back(number.get<double>());
      }
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
      weights.resize(aligned(weights.size()));
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
    for (const Json& value : list_from(json.at("values"), "values"))
      graph.values.push_back(value_from(value, weights, owner));
    for (const Json& node : list_from(json.at("nodes"), "nodes"))
      graph.nodes.push_back(node_from(node));
    graph.inputs = ids_from(json.at("inputs"), "inputs");
    graph.outputs = ids_from(json.at("outputs"), "outputs");
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
