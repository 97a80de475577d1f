#include <algorithm>
#include <cmath>
#include <cstring>

#include "edge/graph/op.h"
#include "graph/onnx.h"
#include "graph/onnx_reader.h"
#include "graph/op_spec.h"

namespace paucal::graph {
namespace {

using edge::Node;
using edge::Shape;

constexpr int64_t kMinOpset = 13, kMaxOpset = 25;
constexpr int kMaxNodes = 200'000;
constexpr int64_t kMaxAttributeNumbers = 4096;
constexpr size_t kMaxSpentTimes = 8;  // i8 weights become floats, each once

std::string shown(const std::string& name) {
  return name.substr(0, 200);
}

int64_t opset_of(const onnx::Model& model) {
  for (const onnx::OperatorSet& set : model.opset_import())
    if (set.domain().empty() || set.domain() == "ai.onnx") {
      if (set.version() < kMinOpset || set.version() > kMaxOpset)
        fail("onnx", "opset {}, expected {} to {}", set.version(), kMinOpset, kMaxOpset);
      return set.version();
    }
  fail("onnx", "no opset of the standard ops, expected {} to {}", kMinOpset, kMaxOpset);
}

template <class T>
std::vector<T> numbers_of(const onnx::Tensor& tensor) {
  const std::vector<std::byte> bytes = bytes_of(tensor);
  std::vector<T> result(bytes.size() / sizeof(T));
  if (!bytes.empty()) std::memcpy(result.data(), bytes.data(), bytes.size());
  return result;
}

}  // namespace

OnnxReader::OnnxReader(const onnx::Model& model)
    : model_(model), opset_(opset_of(model)), spendable_(kMaxSpentTimes * model.ByteSizeLong()) {}

edge::Graph OnnxReader::read() {
  const onnx::Graph& graph = model_.graph();
  if (graph.node_size() > kMaxNodes)
    fail("onnx", "{} nodes, expected at most {}", graph.node_size(), kMaxNodes);
  for (const onnx::Tensor& tensor : graph.initializer()) {
    Operand operand;
    operand.tensor = &tensor;
    if (!operands_.emplace(tensor.name(), std::move(operand)).second)
      fail("onnx", "constant '{}' is there twice", shown(tensor.name()));
  }
  read_inputs();
  for (const onnx::Node& node : graph.node()) read_node(node);
  for (const onnx::ValueInfo& output : graph.output()) {
    const auto found = operands_.find(output.name());
    if (found == operands_.end() || found->second.id < 0 || found->second.tensor)
      fail("onnx", "output '{}': no node computes it", shown(output.name()));
    graph_.outputs.push_back(found->second.id);
  }
  return std::move(graph_);
}

void OnnxReader::read_inputs() {
  for (const onnx::ValueInfo& info : model_.graph().input()) {
    const std::string name = shown(info.name());
    if (const auto found = operands_.find(info.name()); found != operands_.end()) {
      if (found->second.tensor) continue;  // a default: files before IR 4 list all constants
      fail("onnx", "input '{}' is there twice", name);
    }
    const onnx::TensorType& tensor = info.type().tensor_type();
    edge::Type type;
    if (!edge_type(tensor.elem_type(), type))
      fail("onnx", "input '{}': element type {}, expected float, uint8, int8, int32 or int64", name,
           tensor.elem_type());
    const auto& dims = tensor.shape().dim();
    if (!tensor.has_shape() || dims.size() > Shape::kMaxRank)
      fail("onnx", "input '{}': {} dimensions, expected 0 to {}", name,
           tensor.has_shape() ? dims.size() : -1, Shape::kMaxRank);
    std::vector<int64_t> sizes;
    for (const onnx::Dimension& dim : dims)
      sizes.push_back(dim.has_dim_value() && dim.dim_value() >= 0 ? dim.dim_value() : Shape::kFree);
    Operand operand;
    operand.id = graph_.add_input(info.name(), type, Shape(sizes));
    operands_.emplace(info.name(), std::move(operand));
  }
}

void OnnxReader::read_node(const onnx::Node& node) {
  node_ = &node;
  if (!node.domain().empty() && node.domain() != "ai.onnx")
    refuse("an op of '{}', expected a standard one", shown(node.domain()));
  if (node.output_size() < 1) refuse("no outputs");
  for (int i = 1; i < node.output_size(); ++i)
    if (!node.output(i).empty()) refuse("{} outputs, expected one", node.output_size());
  const OnnxSpec* spec = find_onnx_reader(node.op_type());
  if (!spec) refuse("unknown op, expected one of {}", fmt::join(onnx_ops(), ", "));
  spec->read(*this, *spec);
}

void OnnxReader::define(int id) {
  Operand operand;
  operand.id = id;
  define(std::move(operand));
}

void OnnxReader::define(Operand operand) {
  if (!operands_.emplace(node_->output(0), std::move(operand)).second)
    refuse("writes '{}' again", shown(node_->output(0)));
}

void OnnxReader::define(onnx::Tensor tensor) {
  spend(tensor.raw_data().size());
  made_.push_back(std::move(tensor));
  Operand operand;
  operand.tensor = &made_.back();
  define(std::move(operand));
}

void OnnxReader::spend(size_t bytes) {
  spent_ += bytes;
  if (spent_ > spendable_)
    refuse("{} bytes of computed constants, expected at most {}", spent_, spendable_);
}

const Operand& OnnxReader::operand(int i) {
  if (!has_input(i)) refuse("input {} is missing", i);
  const auto found = operands_.find(node_->input(i));
  if (found == operands_.end())
    refuse("reads '{}', which no earlier node writes", shown(node_->input(i)));
  return found->second;
}

int OnnxReader::add_constant(const onnx::Tensor& tensor, const std::string& name, bool swap) {
  const auto [known, fresh] = constants_.try_emplace({&tensor, swap}, -1);
  if (!fresh) return known->second;
  auto [type, shape] = signature_of(tensor);
  std::vector<std::byte> bytes = bytes_of(tensor);
  if (swap) {  // an f32 matrix
    const auto rows = static_cast<size_t>(shape[0]), columns = static_cast<size_t>(shape[1]);
    const std::vector<std::byte> old = bytes;
    for (size_t r = 0; r < rows; ++r)
      for (size_t c = 0; c < columns; ++c)
        std::memcpy(&bytes[(c * rows + r) * 4], &old[(r * columns + c) * 4], 4);
    shape = {shape[1], shape[0]};
  }
  return known->second = graph_.add_constant(name, type, shape, bytes);
}

int OnnxReader::input(int i) {
  if (!has_input(i)) return Node::kAbsent;
  const Operand& found = operand(i);
  if (found.is_sizes) refuse("input {} is a computed shape, expected numbers", i);
  if (found.id < 0)
    const_cast<Operand&>(found).id = add_constant(*found.tensor, node_->input(i), false);
  return found.id;
}

const onnx::Tensor& OnnxReader::constant(int i) {
  const Operand& found = operand(i);
  if (!found.tensor)
    refuse("input {} ('{}') is computed, expected a constant", i, shown(node_->input(i)));
  return *found.tensor;
}

bool OnnxReader::is_constant(int i) {
  return has_input(i) && operand(i).tensor != nullptr;
}

Shape OnnxReader::constant_shape(int i) {
  return is_constant(i) ? signature_of(constant(i)).shape : Shape::absent();
}

edge::Signature OnnxReader::small_constant(int i, bool floats) {
  const edge::Signature signature = signature_of(constant(i));
  const bool fits = floats
                        ? signature.type == edge::Type::kF32
                        : signature.type == edge::Type::kI64 || signature.type == edge::Type::kI32;
  if (!fits || signature.shape.elements() > kMaxAttributeNumbers)
    refuse("input {}: {} {}, expected at most {} {}", i, edge::name_of(signature.type),
           signature.shape.text(), kMaxAttributeNumbers, floats ? "floats" : "integers");
  return signature;
}

std::vector<int64_t> OnnxReader::ints(int i) {
  if (small_constant(i, false).type == edge::Type::kI64) return numbers_of<int64_t>(constant(i));
  const auto narrow = numbers_of<int32_t>(constant(i));
  return {narrow.begin(), narrow.end()};
}

std::vector<float> OnnxReader::floats(int i) {
  (void)small_constant(i, true);
  return numbers_of<float>(constant(i));
}

float OnnxReader::scalar(int i, float otherwise) {
  if (!has_input(i)) return otherwise;
  const std::vector<float> values = floats(i);
  if (values.size() != 1) refuse("input {}: {} numbers, expected one", i, values.size());
  return values[0];
}

std::vector<Size> OnnxReader::sizes(int i) {
  const Operand& found = operand(i);
  if (found.is_sizes && !found.whole) return found.sizes;
  std::vector<Size> result;
  for (const int64_t number : ints(i)) result.push_back({number, -1, 0});
  return result;
}

int OnnxReader::matrix(int i, bool swap) {
  const onnx::Tensor& tensor = constant(i);
  const auto [type, shape] = signature_of(tensor);
  if (type != edge::Type::kF32 || shape.rank() != 2)
    refuse("weight of {} {}, expected an f32 matrix", edge::name_of(type), shape.text());
  return add_constant(tensor, node_->input(i), swap);
}

const onnx::Attribute* OnnxReader::find(const char* name) const {
  for (const onnx::Attribute& attribute : node_->attribute())
    if (attribute.name() == name) return &attribute;
  return nullptr;
}

int64_t OnnxReader::integer(const char* attribute, int64_t otherwise) {
  const auto* found = find(attribute);
  return found && found->has_i() ? found->i() : otherwise;
}

float OnnxReader::number(const char* attribute, float otherwise) {
  const auto* found = find(attribute);
  const float value = found && found->has_f() ? found->f() : otherwise;
  if (!std::isfinite(value)) refuse("'{}' = {}, expected a number", attribute, value);
  return value;
}

std::string OnnxReader::text(const char* attribute, const char* otherwise) {
  const auto* found = find(attribute);
  return found && found->has_s() ? shown(found->s()) : otherwise;
}

std::vector<int64_t> OnnxReader::list(const char* attribute, std::vector<int64_t> otherwise) {
  const auto* found = find(attribute);
  if (!found) return otherwise;
  if (found->ints_size() > kMaxAttributeNumbers)
    refuse("'{}' has {} numbers, expected at most {}", attribute, found->ints_size(),
           kMaxAttributeNumbers);
  return {found->ints().begin(), found->ints().end()};
}

int OnnxReader::add(std::string_view op, std::vector<int> inputs,
                    std::map<std::string, edge::Attribute, std::less<>> attributes) {
  if (!edge::find_op(op)) refuse("this build has no op '{}'", op);
  const std::string& name = node_->name().empty() ? node_->output(0) : node_->name();
  const int id = graph_.add_node(op, name, std::move(inputs), std::move(attributes));
  graph_.value(id).name = node_->output(0);
  return id;
}

Result<edge::Graph> read_onnx(std::span<const uint8_t> file) {
  onnx::Model model;
  if (file.size() > size_t{INT32_MAX} ||
      !model.ParseFromArray(file.data(), static_cast<int>(file.size())) || !model.has_graph())
    return failure("onnx", "{} bytes that are no ONNX model", file.size());
  try {
    edge::Graph graph = OnnxReader(model).read();
    if (auto wrong = edge::validate(graph)) return *wrong;
    return graph;
  } catch (const Error& error) {
    return Failure{error.place(), error.message()};
  }
}

}  // namespace paucal::graph
