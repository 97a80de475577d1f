// int8 ops as ONNX says them: every quantised value is quantised and dequantised in the file, and
// the runtime that reads it joins the pairs with the float op between them (QDQ form).

#include <cmath>
#include <vector>

#include "graph/onnx_write_ops.h"

namespace paucal::graph {
namespace {

using edge::Node;
using edge::Quantisation;
using edge::Shape;
using edge::Type;

std::string zero_point(OnnxWriter& w, const Quantisation& q) {
  const auto value = static_cast<uint8_t>(q.zero_point);
  return w.tensor("zero_point", Type::kU8, Shape{}, std::as_bytes(std::span(&value, 1)));
}

std::string dequantised(OnnxWriter& w, const Node& n, size_t i) {
  const Quantisation& q = w.graph().value(n.input(i)).quantisation;
  return w.add("DequantizeLinear", {w.input(i), w.scalar(q.scale), zero_point(w, q)});
}

// A fused clamp that the u8 range of the output does by itself is left out: readers join what
// stands directly before the quantisation.
std::string clamped(OnnxWriter& w, const Node& n, const std::string& y, const Quantisation& q) {
  const double step = q.scale / 2.;
  const double low = n.number("clamp", -kUnbounded, 0), high = n.number("clamp", kUnbounded, 1);
  const bool implied = low <= -q.zero_point * static_cast<double>(q.scale) + step &&
                       high >= (255 - q.zero_point) * static_cast<double>(q.scale) - step;
  if (!n.has("clamp") || implied) return y;
  return add_clip(w, y, low, high);
}

void quantised(OnnxWriter& w, const Node& n, const std::string& y) {
  const Quantisation& q = w.graph().value(n.outputs[0]).quantisation;
  w.add("QuantizeLinear", {clamped(w, n, y, q), w.scalar(q.scale), zero_point(w, q)});
}

// Inputs x, weight, scales and bias as floats again: [x, weight, bias].
std::vector<std::string> layer_inputs(OnnxWriter& w, const Node& n) {
  const auto scales = w.graph().floats(n.input(2));
  if (scales.empty()) w.refuse("the weight's scales are no f32 constant");
  const std::vector<int8_t> zeros(scales.size());
  const Shape channels{static_cast<int64_t>(scales.size())};
  const std::string zero =
      w.tensor("zero_point", Type::kI8, channels, std::as_bytes(std::span(zeros)));
  std::vector<float> bias_scales(scales.begin(), scales.end());
  for (float& scale : bias_scales) scale *= w.graph().value(n.input(0)).quantisation.scale;
  return {dequantised(w, n, 0),
          w.add("DequantizeLinear", {w.input(1), w.input(2), zero}, {{"axis", int64_t{0}}}),
          w.add("DequantizeLinear", {w.input(3), w.floats(bias_scales)}, {{"axis", int64_t{0}}})};
}

void finish_layer(OnnxWriter& w, const Node& n, std::string y) {
  if (n.input(4) != Node::kAbsent) y = w.add("Add", {y, dequantised(w, n, 4)});
  quantised(w, n, y);
}

}  // namespace

void write_quantize(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  quantised(w, n, w.input(0));
}

void write_dequantize(OnnxWriter& w, const Node& n, const OnnxSpec&) {
  dequantised(w, n, 0);
}

void write_conv2d_i8(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  const auto ints = [&](std::string_view name, size_t count, int64_t otherwise) {
    std::vector<int64_t> values;
    for (size_t i = 0; i < count; ++i) values.push_back(n.integer(name, otherwise, i));
    return values;
  };
  const std::vector<std::string> inputs = layer_inputs(w, n);
  finish_layer(w, n,
               w.add(spec.type, inputs,
                     {{"strides", ints("stride", 2, 1)},
                      {"pads", ints("padding", 4, 0)},
                      {"dilations", ints("dilation", 2, 1)},
                      {"group", n.integer("groups", 1)}}));
}

void write_linear_i8(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  if (w.shape_of(0).rank() != 2) w.refuse("ONNX has int8 layers of matrices alone");
  const std::vector<std::string> inputs = layer_inputs(w, n);
  finish_layer(w, n, w.add(spec.type, inputs, {{"transB", int64_t{1}}}));
}

void write_add_i8(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  quantised(w, n, w.add(spec.type, {dequantised(w, n, 0), dequantised(w, n, 1)}));
}

void write_global_avg_pool_i8(OnnxWriter& w, const Node& n, const OnnxSpec& spec) {
  quantised(w, n, w.add(spec.type, {dequantised(w, n, 0)}));
}

}  // namespace paucal::graph
