// How each op of the graph is said in ONNX. One function an op (or family), named in op_spec.def.

#include "graph/onnx_write_ops.h"

#include <algorithm>
#include <cmath>

#include "edge/graph/op.h"

namespace paucal::graph {
namespace {

using edge::Node;
using edge::Shape;
using Ints = std::vector<int64_t>;

Ints ints_of(const Node& node, std::string_view attribute, Ints otherwise = {}) {
  const auto found = node.attributes.find(attribute);
  if (found == node.attributes.end()) return otherwise;
  return {found->second.begin(), found->second.end()};
}

// A window's attribute given as one number for both directions, or left out.
Ints two_of(const Node& node, std::string_view attribute, Ints otherwise = {1, 1}) {
  Ints result = ints_of(node, attribute, std::move(otherwise));
  if (result.size() == 1) result.push_back(result[0]);
  return result;
}

std::string clip(OnnxWriter& w, const std::string& x, double low, double high) {
  if (low <= -kUnbounded && high >= kUnbounded) return x;
  if (low == 0 && high >= kUnbounded) return w.add("Relu", {x});
  return add_clip(w, x, low, high);
}

std::string fused_clamp(OnnxWriter& w, const Node& n, const std::string& x,
                        std::string_view clamp = "clamp") {
  if (!n.has(clamp)) return x;
  return clip(w, x, n.number(clamp, -kUnbounded, 0), n.number(clamp, kUnbounded, 1));
}

OnnxAttributes window_of(const Node& n) {
  return {{"kernel_shape", two_of(n, "kernel")},
          {"strides", two_of(n, "stride", two_of(n, "kernel"))},
          {"pads", ints_of(n, "padding", {0, 0, 0, 0})},
          {"ceil_mode", n.integer("ceil_mode", 0)}};
}

// The sizes come as factors, as numbers, or from dimensions 2 and 3 of another value.
void write_resize(OnnxWriter& w, const Node& n, const OnnxAttributes& attributes) {
  const std::string x = w.input(0);
  if (n.has("scale")) {
    const auto scale = [&](size_t i) { return static_cast<float>(n.number("scale", 1, i)); };
    w.add("Resize", {x, "", w.floats({1, 1, scale(0), scale(1)})}, attributes);
    return;
  }
  const auto dims = [&](const std::string& of, int64_t begin, int64_t end) {
    return w.add("Slice", {w.add("Shape", {of}), w.ints({begin}), w.ints({end}), w.ints({0})});
  };
  const std::string size = n.has("size")                 ? w.ints(ints_of(n, "size"))
                           : n.input(1) != Node::kAbsent ? dims(w.input(1), 2, 4)
                                                         : "";
  if (size.empty()) w.refuse("neither scale nor size nor a second input");
  const std::string sizes = w.add("Concat", {dims(x, 0, 2), size}, {{"axis", int64_t{0}}});
  w.add("Resize", {x, "", "", sizes}, attributes);
}

OnnxAttributes write_fields(const Node& n, const OnnxSpec& spec) {
  OnnxAttributes attributes;
  for (const OnnxField& field : spec.fields) {
    const std::string onnx(field.onnx);
    const double number = n.number(field.ours, field.our_default);
    if (field.kind == OnnxField::kInt) attributes.emplace_back(onnx, static_cast<int64_t>(number));
    if (field.kind == OnnxField::kFloat) attributes.emplace_back(onnx, static_cast<float>(number));
    if (field.kind == OnnxField::kInts) attributes.emplace_back(onnx, ints_of(n, field.ours));
  }
  return attributes;
}

}  // namespace

std::string add_clip(OnnxWriter& w, const std::string& x, double low, double high) {
  return w.add("Clip", {x, low <= -kUnbounded ? "" : w.scalar(static_cast<float>(low)),
                        high >= kUnbounded ? "" : w.scalar(static_cast<float>(high))});
}

void write_plain(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  std::vector<std::string> inputs;
  for (size_t i = 0; i < n.inputs.size(); ++i) inputs.push_back(w.input(i));
  fused_clamp(w, n, w.add(spec.type, inputs, write_fields(n, spec)));
}

void write_alias(OnnxWriter& w, const Node&, const OnnxSpec&) {
  w.alias(w.input(0));
}

void write_conv2d(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  std::string y = w.add(spec.type, {w.input(0), w.input(1), w.input(2)},
                        {{"strides", two_of(n, "stride")},
                         {"pads", ints_of(n, "padding", {0, 0, 0, 0})},
                         {"dilations", two_of(n, "dilation")},
                         {"group", n.integer("groups", 1)}});
  if (n.input(3) != Node::kAbsent) y = w.add("Add", {y, w.input(3)});
  fused_clamp(w, n, y);
}

void write_pointwise_depthwise(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  const std::string inner =
      fused_clamp(w, n, w.add(spec.type, {w.input(0), w.input(1), w.input(3)}), "inner_clamp");
  fused_clamp(w, n,
              w.add(spec.type, {inner, w.input(2), w.input(4)},
                    {{"strides", two_of(n, "stride")},
                     {"pads", ints_of(n, "padding", {0, 0, 0, 0})},
                     {"group", w.graph().value(n.input(1)).shape[0]}}));
}

void write_max_pool2d(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  OnnxAttributes attributes = window_of(n);
  attributes.emplace_back("dilations", two_of(n, "dilation"));
  w.add(spec.type, {w.input(0)}, attributes);
}

void write_avg_pool2d(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  OnnxAttributes attributes = window_of(n);
  attributes.emplace_back("count_include_pad", n.integer("count_include_pad", 1));
  w.add(spec.type, {w.input(0)}, attributes);
}

void write_resize_nearest(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  write_resize(w, n,
               {{"mode", "nearest"},
                {"coordinate_transformation_mode", "asymmetric"},
                {"nearest_mode", "floor"}});
}

void write_resize_bilinear(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  const bool corners = n.integer("align_corners", 0) != 0;
  write_resize(w, n,
               {{"mode", "linear"},
                {"coordinate_transformation_mode", corners ? "align_corners" : "half_pixel"}});
}

void write_clamp(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  const std::string x = w.input(0);
  const double low = n.number("low", -kUnbounded), high = n.number("high", kUnbounded);
  if (clip(w, x, low, high) == x) w.alias(x);
}

void write_silu(OnnxWriter& w, const Node&, const OnnxSpec&) {
  w.add("Mul", {w.input(0), w.add("Sigmoid", {w.input(0)})});
}

void write_hard_sigmoid(OnnxWriter& w, const Node&, const OnnxSpec& spec) {
  w.add(spec.type, {w.input(0)}, {{"alpha", 1.f / 6.f}, {"beta", .5f}});
}

void write_gelu(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  w.add(spec.type, {w.input(0)}, {{"approximate", n.integer("tanh", 0) != 0 ? "tanh" : "none"}});
}

void write_reshape(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  w.add(spec.type, {w.input(0), w.ints(ints_of(n, "shape"))});
}

void write_slice(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  w.add(spec.type,
        {w.input(0), w.ints({n.integer("begin", 0)}), w.ints({n.integer("end", int64_t{1} << 40)}),
         w.ints({n.integer("axis", 0)}), w.ints({n.integer("step", 1)})});
}

void write_pad(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  Ints pads = ints_of(n, "begin");
  std::ranges::copy(ints_of(n, "end"), std::back_inserter(pads));
  w.add(spec.type, {w.input(0), w.ints(pads), w.scalar(static_cast<float>(n.number("value", 0)))});
}

// Gemm for matrices. For higher ranks MatMul, which wants the weight as [K, O].
void write_linear(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  const edge::Value& weight = w.graph().value(n.input(1));
  if (w.shape_of(0).rank() == 2) {
    fused_clamp(w, n,
                w.add("Gemm", {w.input(0), w.input(1), w.input(2)}, {{"transB", int64_t{1}}}));
    return;
  }
  const auto values = w.graph().floats(n.input(1));
  if (values.empty() || weight.shape.rank() != 2) w.refuse("the weight is no f32 matrix");
  const auto rows = static_cast<size_t>(weight.shape[0]);
  const auto columns = static_cast<size_t>(weight.shape[1]);
  std::vector<float> turned(values.size());
  for (size_t r = 0; r < rows; ++r)
    for (size_t c = 0; c < columns; ++c) turned[c * rows + r] = values[r * columns + c];
  const std::string right =
      w.tensor(weight.name, edge::Type::kF32, {weight.shape[1], weight.shape[0]},
               std::as_bytes(std::span(turned)));
  std::string y = w.add("MatMul", {w.input(0), right});
  if (n.input(2) != Node::kAbsent) y = w.add("Add", {y, w.input(2)});
  fused_clamp(w, n, y);
}

void write_layer_norm(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  std::string weight = w.input(1);
  if (weight.empty()) {
    const Shape shape = w.shape_of(0);
    if (shape.rank() < 1) w.refuse("no weight, and the size of the last dimension is unknown");
    weight = w.floats(std::vector<float>(static_cast<size_t>(shape[shape.rank() - 1]), 1.f));
  }
  w.add(spec.type, {w.input(0), weight, w.input(2)},
        {{"axis", int64_t{-1}}, {"epsilon", static_cast<float>(n.number("eps", 1e-5))}});
}

void write_embedding(OnnxWriter& w, const Node&, const OnnxSpec& spec) {
  w.add(spec.type, {w.input(1), w.input(0)});
}

void write_reduce(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  w.add(spec.type, {w.input(0), w.ints(ints_of(n, "axes"))}, {{"keepdims", n.integer("keep", 0)}});
}

}  // namespace paucal::graph
