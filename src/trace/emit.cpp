// How a call appends to the graph.

#include <torch/types.h>

#include <algorithm>

#include "base/error.h"
#include "trace/call.h"

namespace paucal::trace {

using edge::Attribute;
using edge::Node;
using edge::Shape;
using edge::Type;

int Translation::add_constant(const std::string& name, const at::Tensor& tensor) {
  const bool integers = c10::isIntegralType(tensor.scalar_type(), /*includeBool=*/false);
  if (!integers && !tensor.is_floating_point())
    fail("trace", "'{}': a tensor of {}, expected floats or integers", name,
         c10::toString(tensor.scalar_type()));
  if (tensor.dim() > Shape::kMaxRank)
    fail("trace", "'{}': {} dimensions, expected at most {}", name, tensor.dim(), Shape::kMaxRank);
  const Type type = integers ? Type::kI64 : Type::kF32;
  const at::Tensor plain = tensor.detach().to(integers ? at::kLong : at::kFloat).contiguous();
  // One number is a vector of one element: that has a dimension to be broadcast.
  const Shape shape =
      plain.dim() == 0 ? Shape{1} : Shape(std::span(plain.sizes().data(), plain.sizes().size()));
  const int id = graph.add_constant(
      name, type, shape,
      {static_cast<const std::byte*>(plain.data_ptr()), static_cast<size_t>(plain.nbytes())});
  for (auto& each : signatures) each.push_back({type, shape});
  return id;
}

int Call::filled(float number, int64_t count) {
  return t_.add_constant(fmt::format("{}", number), at::full({count}, number));
}

const Node* Call::writer(int id) const {
  const auto found =
      std::ranges::find_if(t_.graph.nodes, [&](const Node& node) { return node.outputs[0] == id; });
  return found == t_.graph.nodes.end() ? nullptr : &*found;
}

// The module whose parameters it reads, "layer1.0.conv1"; without any, the op after the module
// before it: "layer1.0.bn1/relu".
std::string Call::name_for(std::string_view op, std::span<const int> inputs) {
  std::string name;
  for (const int id : inputs) {
    if (id == Node::kAbsent || !t_.graph.value(id).is_constant()) continue;
    const std::string& parameter = t_.graph.value(id).name;
    const size_t dot = parameter.rfind('.');
    if (std::ranges::find(t_.state.names, parameter) == t_.state.names.end()) continue;
    name = dot == std::string::npos ? parameter + "/" + std::string(op) : parameter.substr(0, dot);
    break;
  }
  if (name.empty()) {
    const std::string& before = t_.graph.value(inputs[0]).name;
    name = fmt::format("{}/{}", before.substr(0, before.find('/')), op);
  }
  std::string unique = name;
  for (int i = 2; !t_.names.insert(unique).second; ++i) unique = fmt::format("{}.{}", name, i);
  return unique;
}

int Call::emit(std::string_view op, std::vector<int> inputs,
               std::map<std::string, Attribute, std::less<>> attributes) {
  const edge::OpInfo* info = edge::find_op(op);
  if (!info) refuse(fmt::format("the runtime has no op '{}'", op));
  const std::string name = name_for(op, inputs);
  const int id = t_.graph.add_node(op, name, std::move(inputs), std::move(attributes));
  const Node& made = t_.graph.nodes.back();
  for (size_t r = 0; r < recordings(); ++r) {
    std::vector<edge::Signature> in;
    for (const int input : made.inputs)
      in.push_back(input == Node::kAbsent ? edge::Signature{}
                                          : t_.signatures[r][static_cast<size_t>(input)]);
    const auto out = info->infer(made, in);
    if (!out.ok()) refuse(fmt::format("as '{}': {}", op, out.failure().message));
    t_.signatures[r].push_back(out.value()[0]);
  }
  t_.graph.value(id).type = t_.signatures[0][static_cast<size_t>(id)].type;
  return id;
}

namespace {

bool has_sizes(const Call& call, int id, const std::vector<Seen>& sizes) {
  for (size_t r = 0; r < call.recordings(); ++r) {
    const Shape& shape = call.shape(id, r);
    if (shape.rank() != static_cast<int>(sizes.size())) return false;
    for (size_t d = 0; d < sizes.size(); ++d)
      if (shape[static_cast<int>(d)] != sizes[d][r]) return false;
  }
  return true;
}

// In the runtime's terms: 0 copies a dimension of the input, -1 (once) is what is left over. Empty
// where that can't be said.
Attribute dims_for(const Call& call, int id, const std::vector<Seen>& sizes) {
  Attribute dims;
  bool left_over = false;
  for (size_t d = 0; d < sizes.size(); ++d) {
    bool copied = true;
    for (size_t r = 0; r < call.recordings(); ++r) {
      const Shape& shape = call.shape(id, r);
      copied &= static_cast<int>(d) < shape.rank() && shape[static_cast<int>(d)] == sizes[d][r];
    }
    if (constant(sizes[d]) && sizes[d][0] > 0) {
      dims.push_back(static_cast<double>(sizes[d][0]));
    } else if (copied) {
      dims.push_back(0);
    } else if (!left_over) {
      dims.push_back(-1);
      left_over = true;
    } else {
      return {};
    }
  }
  return dims;
}

}  // namespace

int Call::emit_reshape(int id) {
  const std::vector<Seen> sizes = output_sizes();
  require(sizes.size() <= Shape::kMaxRank,
          fmt::format("{} dimensions, expected at most {}", sizes.size(), Shape::kMaxRank));
  // Reshapes in a row: the first one's input may already have the shape, or tell more sizes.
  for (int source = id;;) {
    if (has_sizes(*this, source, sizes)) return source;
    if (Attribute dims = dims_for(*this, source, sizes); !dims.empty() || sizes.empty())
      return emit("reshape", {source}, {{"shape", std::move(dims)}});
    const Node* before = writer(source);
    if (!before || before->op->name != "reshape") break;
    source = before->inputs[0];
  }
  std::vector<std::string> texts;
  for (const Seen& seen : sizes) texts.push_back(fmt::format("{}", fmt::join(seen, " or ")));
  refuse(
      fmt::format("the sizes [{}] depend on the size of the input; expected at most one that "
                  "is neither constant nor the same dimension of the tensor, {}",
                  fmt::join(texts, ", "), shape(id).text()));
}

}  // namespace paucal::trace
