#include <algorithm>
#include <array>

#include "edge/graph/op.h"
#include "graph/onnx.h"
#include "graph/onnx_writer.h"
#include "graph/op_spec.h"

namespace paucal::graph {
namespace {

using edge::Graph;
using edge::Node;
using edge::Shape;

constexpr int64_t kIrVersion = 8;
constexpr int64_t kOpset = 20;               // the first with Gelu
constexpr size_t kMaxBytes = 2'000'000'000;  // protobuf's limit is 2^31

struct TypePair {
  edge::Type edge;
  int32_t onnx;
};
constexpr std::array<TypePair, 5> kTypes = {{{edge::Type::kF32, 1},
                                             {edge::Type::kU8, 2},
                                             {edge::Type::kI8, 3},
                                             {edge::Type::kI32, 6},
                                             {edge::Type::kI64, 7}}};

// Sizes that let nearly every network be inferred; only ranks and fixed sizes are read off.
std::vector<edge::Signature> stand_in_signatures(const Graph& graph) {
  for (const int64_t size : {224, 512, 64, 8}) {
    std::vector<Shape> shapes;
    for (const int id : graph.inputs) {
      Shape shape = graph.value(id).shape;
      for (int d = 0; d < shape.rank(); ++d)
        if (shape[d] == Shape::kFree) shape[d] = d == 0 ? 1 : size;
      shapes.push_back(shape);
    }
    if (auto signatures = edge::infer(graph, shapes); signatures.ok())
      return std::move(*signatures);
  }
  return {};
}

void set(onnx::Attribute& attribute, const OnnxAttribute& value) {
  if (const auto* i = std::get_if<int64_t>(&value)) {
    attribute.set_type(onnx::Attribute::INT);
    attribute.set_i(*i);
  } else if (const auto* f = std::get_if<float>(&value)) {
    attribute.set_type(onnx::Attribute::FLOAT);
    attribute.set_f(*f);
  } else if (const auto* s = std::get_if<std::string>(&value)) {
    attribute.set_type(onnx::Attribute::STRING);
    attribute.set_s(*s);
  } else {
    attribute.set_type(onnx::Attribute::INTS);
    for (const int64_t number : std::get<std::vector<int64_t>>(value)) attribute.add_ints(number);
  }
}

}  // namespace

int32_t onnx_type(edge::Type type) {
  return std::ranges::find(kTypes, type, &TypePair::edge)->onnx;
}

bool edge_type(int32_t onnx, edge::Type& type) {
  const auto found = std::ranges::find(kTypes, onnx, &TypePair::onnx);
  if (found != kTypes.end()) type = found->edge;
  return found != kTypes.end();
}

OnnxWriter::OnnxWriter(const Graph& graph)
    : graph_(graph), names_(graph.values.size()), signatures_(stand_in_signatures(graph)) {
  model_.set_ir_version(kIrVersion);
  model_.set_producer_name("paucal");
  model_.add_opset_import()->set_version(kOpset);
  model_.mutable_graph()->set_name("paucal");
  // The names of what goes in and out are the user's: they come first.
  for (const auto* ids : {&graph.inputs, &graph.outputs})
    for (const int id : *ids) {
      std::string& name = names_[static_cast<size_t>(id)];
      if (name.empty()) name = fresh(graph.value(id).name);
    }
  for (const int id : graph.inputs) describe(model_.mutable_graph()->add_input(), id, true);
}

std::string_view OnnxWriter::op_name() const {
  return node_->op->name;
}

std::string OnnxWriter::fresh(const std::string& wanted) {
  const std::string base = wanted.empty() ? "value" : wanted;
  std::string name = base;
  for (int i = 1; !taken_.insert(name).second; ++i) name = base + "_" + std::to_string(i);
  return name;
}

void OnnxWriter::describe(onnx::ValueInfo* info, int id, bool input) {
  const auto index = static_cast<size_t>(id);
  info->set_name(names_[index]);
  auto* type = info->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx_type(graph_.value(id).type));
  if (!input) {  // the rank; readers infer the sizes
    if (signatures_.empty()) return;
    auto* dims = type->mutable_shape();
    for (int d = 0; d < signatures_[index].shape.rank(); ++d) dims->add_dim();
    return;
  }
  static constexpr std::array kFreeNames = {"batch", "channels", "height", "width", "d4", "d5"};
  const Shape& shape = graph_.value(id).shape;
  auto* dims = type->mutable_shape();
  for (int d = 0; d < shape.rank(); ++d) {
    auto* dim = dims->add_dim();
    if (shape[d] != Shape::kFree)
      dim->set_dim_value(shape[d]);
    else if (shape.rank() == 4 || d == 0)
      dim->set_dim_param(kFreeNames[static_cast<size_t>(d)]);
    else  // of sequences
      dim->set_dim_param(d == 1 ? "length" : "d" + std::to_string(d));
  }
}

std::string OnnxWriter::tensor(const std::string& name, edge::Type type, const Shape& shape,
                               std::span<const std::byte> bytes) {
  bytes_ += bytes.size();
  if (bytes_ > kMaxBytes)
    fail("onnx", "more than {} MB of constants, expected what one ONNX file can hold",
         kMaxBytes / 1'000'000);
  auto* tensor = model_.mutable_graph()->add_initializer();
  tensor->set_name(fresh(name));
  tensor->set_data_type(onnx_type(type));
  for (const int64_t dim : shape.dims()) tensor->add_dims(dim);
  tensor->set_raw_data(bytes.data(), bytes.size());
  return tensor->name();
}

std::string OnnxWriter::ints(const std::vector<int64_t>& values) {
  return tensor(node_->name + "/ints", edge::Type::kI64, {static_cast<int64_t>(values.size())},
                std::as_bytes(std::span(values)));
}

std::string OnnxWriter::floats(const std::vector<float>& values) {
  return tensor(node_->name + "/floats", edge::Type::kF32, {static_cast<int64_t>(values.size())},
                std::as_bytes(std::span(values)));
}

std::string OnnxWriter::scalar(float value) {
  return tensor(node_->name + "/scalar", edge::Type::kF32, Shape{},
                std::as_bytes(std::span(&value, 1)));
}

std::string OnnxWriter::input(size_t i) {
  const int id = node_->input(i);
  if (id == Node::kAbsent) return "";
  const edge::Value& value = graph_.value(id);
  std::string& name = names_[static_cast<size_t>(id)];
  if (name.empty() && value.is_constant())
    name = tensor(value.name, value.type, value.shape, value.data.bytes);
  return name;
}

Shape OnnxWriter::shape_of(size_t i) const {
  const int id = node_->input(i);
  if (id == Node::kAbsent || signatures_.empty()) return Shape::absent();
  return signatures_[static_cast<size_t>(id)].shape;
}

std::string OnnxWriter::add(std::string_view op, std::vector<std::string> inputs,
                            const OnnxAttributes& attributes) {
  while (!inputs.empty() && inputs.back().empty()) inputs.pop_back();
  auto* node = model_.mutable_graph()->add_node();
  node->set_op_type(std::string(op));
  for (std::string& name : inputs) node->add_input(std::move(name));
  for (const auto& [name, value] : attributes) {
    auto* attribute = node->add_attribute();
    attribute->set_name(name);
    set(*attribute, value);
  }
  node->set_name(fresh(node_->name + "/" + std::string(op)));
  node->add_output(node->name());
  return node->output(0);
}

void OnnxWriter::alias(const std::string& value) {
  std::string& name = names_[static_cast<size_t>(node_->outputs[0])];
  if (name.empty())
    name = value;
  else  // an output of the graph: its name is fixed
    add("Identity", {value});
}

void OnnxWriter::write(const Node& node) {
  node_ = &node;
  auto& nodes = *model_.mutable_graph()->mutable_node();
  const int before = nodes.size();
  const OpSpec* spec = find_spec(node.op->name);
  if (!spec || !spec->onnx.write)
    refuse("ONNX has no counterpart of this op: {}", spec ? spec->onnx.lacks : "it is not listed");
  spec->onnx.write(*this, node, spec->onnx);
  if (nodes.size() == before) return;  // an alias
  std::string& name = names_[static_cast<size_t>(node.outputs[0])];
  if (name.empty()) name = fresh(graph_.value(node.outputs[0]).name);
  nodes[nodes.size() - 1].set_output(0, name);
}

onnx::Model OnnxWriter::finish() {
  for (const int id : graph_.outputs) describe(model_.mutable_graph()->add_output(), id, false);
  return std::move(model_);
}

Bytes write_onnx(const Graph& graph) {
  if (const auto wrong = edge::validate(graph)) throw Error(wrong->place, wrong->message);
  OnnxWriter writer(graph);
  for (const Node& node : graph.nodes) writer.write(node);
  const onnx::Model model = writer.finish();
  Bytes bytes(model.ByteSizeLong());
  if (bytes.size() > kMaxBytes || !model.SerializeToArray(bytes.data(), int(bytes.size())))
    fail("onnx", "{} bytes, expected at most {}", bytes.size(), kMaxBytes);
  return bytes;
}

}  // namespace paucal::graph
