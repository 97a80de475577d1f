// What each ONNX op becomes. One function an op (or family), named in op_spec.def.

#include "graph/onnx_read_ops.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace paucal::graph {
namespace {

using edge::Attribute;
using edge::Node;
using Ints = std::vector<int64_t>;

constexpr float kNoClip = 3.4e38f;
constexpr int64_t kFar = int64_t{1} << 40;  // beyond any size

Attribute as_attribute(const Ints& ints) {
  return {ints.begin(), ints.end()};
}

// The first `count` inputs, absent ones left out at the end.
std::vector<int> inputs_of(OnnxReader& r, int count) {
  std::vector<int> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(r.input(i));
  while (!inputs.empty() && inputs.back() == Node::kAbsent) inputs.pop_back();
  return inputs;
}

// What Conv and the pools share: [y, x] of windows, [top, left, bottom, right] of pads.
std::map<std::string, Attribute, std::less<>> read_window(OnnxReader& r) {
  const std::string auto_pad = r.text("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID")
    r.refuse("auto_pad {}, expected explicit pads", auto_pad);
  const auto two = [&](const char* name) {
    Ints list = r.list(name, {1, 1});
    if (list.size() != 2) r.refuse("'{}' of {} numbers, expected 2", name, list.size());
    return as_attribute(list);
  };
  const Ints pads = r.list("pads", {0, 0, 0, 0});
  if (pads.size() != 4) r.refuse("'pads' of {} numbers, expected 4", pads.size());
  return {
      {"stride", two("strides")}, {"dilation", two("dilations")}, {"padding", as_attribute(pads)}};
}

std::map<std::string, Attribute, std::less<>> read_fields(OnnxReader& r, const OnnxSpec& spec) {
  std::map<std::string, Attribute, std::less<>> attributes;
  for (const OnnxField& field : spec.fields) {
    const std::string ours(field.ours), onnx(field.onnx);
    if (field.kind == OnnxField::kInt) {
      const auto otherwise = static_cast<int64_t>(field.onnx_default);
      attributes[ours] = as_attribute({r.integer(onnx.c_str(), otherwise)});
    } else if (field.kind == OnnxField::kFloat) {
      attributes[ours] = {r.number(onnx.c_str(), static_cast<float>(field.onnx_default))};
    } else if (field.kind == OnnxField::kInts) {
      if (!r.has(onnx.c_str())) r.refuse("no '{}', expected a list of integers", onnx);
      attributes[ours] = as_attribute(r.list(onnx.c_str()));
    }
  }
  return attributes;
}

}  // namespace

void read_plain(OnnxReader& r, const OnnxSpec& spec) {
  r.define(r.add(spec.op, inputs_of(r, r.inputs()), read_fields(r, spec)));
}

void read_identity(OnnxReader& r, const OnnxSpec&) {
  if (r.has_input(2)) r.refuse("in training mode");  // Dropout
  r.define(Operand(r.operand(0)));
}

void read_constant(OnnxReader& r, const OnnxSpec&) {
  if (r.node().attribute_size() != 1 || !r.node().attribute(0).has_t())
    r.refuse("expected one attribute 'value'");
  Operand operand;
  operand.tensor = &r.node().attribute(0).t();
  r.define(std::move(operand));
}

void read_conv(OnnxReader& r, const OnnxSpec& spec) {
  auto attributes = read_window(r);
  const edge::Shape weight = r.constant_shape(1);
  if (weight.rank() != 4) r.refuse("a weight of {}, expected a constant of rank 4", weight.text());
  const Ints kernel = r.list("kernel_shape", {weight[2], weight[3]});
  if (kernel != Ints{weight[2], weight[3]})
    r.refuse("a kernel of {}, expected that of the weight {}", fmt::join(kernel, "×"),
             weight.text());
  attributes["groups"] = {static_cast<double>(r.integer("group", 1))};
  r.define(r.add(spec.op, inputs_of(r, 3), attributes));
}

void read_pool(OnnxReader& r, const OnnxSpec& spec) {
  auto attributes = read_window(r);
  const Ints kernel = r.list("kernel_shape");
  if (kernel.size() != 2) r.refuse("a kernel of {} numbers, expected 2", kernel.size());
  attributes["kernel"] = as_attribute(kernel);
  attributes["ceil_mode"] = {static_cast<double>(r.integer("ceil_mode", 0))};
  if (spec.op == "avg_pool2d") {
    if (attributes["dilation"] != Attribute{1, 1}) r.refuse("dilation, expected none");
    attributes.erase("dilation");
    attributes["count_include_pad"] = {static_cast<double>(r.integer("count_include_pad", 0))};
  }
  r.define(r.add(spec.op, inputs_of(r, 1), attributes));
}

void read_batch_norm(OnnxReader& r, const OnnxSpec& spec) {
  if (r.integer("training_mode", 0) != 0) r.refuse("in training mode");
  r.define(r.add(spec.op, inputs_of(r, 5), read_fields(r, spec)));
}

void read_clip(OnnxReader& r, const OnnxSpec& spec) {
  const float low = std::max(r.scalar(1, -kNoClip), -kNoClip);
  const float high = std::min(r.scalar(2, kNoClip), kNoClip);
  r.define(r.add(spec.op, inputs_of(r, 1), {{"low", {low}}, {"high", {high}}}));
}

void read_hard_sigmoid(OnnxReader& r, const OnnxSpec& spec) {
  const float alpha = r.number("alpha", .2f), beta = r.number("beta", .5f);
  if (std::abs(alpha - 1.f / 6.f) > 1e-5f || beta != .5f)
    r.refuse("alpha {} and beta {}, expected 1/6 and 0.5", alpha, beta);
  r.define(r.add(spec.op, inputs_of(r, 1)));
}

void read_gelu(OnnxReader& r, const OnnxSpec& spec) {
  const bool tanh = r.text("approximate", "none") == "tanh";
  r.define(r.add(spec.op, inputs_of(r, 1), {{"tanh", {tanh ? 1. : 0.}}}));
}

void read_concat(OnnxReader& r, const OnnxSpec& spec) {
  for (int i = 0; i < r.inputs(); ++i)
    if (r.operand(i).is_sizes) return read_sizes_concat(r);
  read_plain(r, spec);
}

void read_flatten(OnnxReader& r, const OnnxSpec&) {
  if (r.integer("axis", 1) != 1) r.refuse("axis {}, expected 1", r.integer("axis", 1));
  r.define(r.add("reshape", inputs_of(r, 1), {{"shape", {0, -1}}}));
}

// One node an axis.
void read_slice(OnnxReader& r, const OnnxSpec& spec) {
  if (r.operand(0).is_sizes) return read_sizes_slice(r);
  const Ints begin = r.ints(1), end = r.ints(2);
  Ints axes(begin.size());
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  if (r.has_input(3)) axes = r.ints(3);
  const Ints steps = r.has_input(4) ? r.ints(4) : Ints(begin.size(), 1);
  if (begin.size() > edge::Shape::kMaxRank || begin.empty() || end.size() != begin.size() ||
      axes.size() != begin.size() || steps.size() != begin.size())
    r.refuse("{} begins, {} ends, {} axes and {} steps, expected one each an axis", begin.size(),
             end.size(), axes.size(), steps.size());
  int x = r.input(0);
  const auto cut = [](int64_t i) { return static_cast<double>(std::clamp(i, -kFar, kFar)); };
  for (size_t i = 0; i < begin.size(); ++i)
    x = r.add(spec.op, {x},
              {{"axis", as_attribute({axes[i]})},
               {"begin", {cut(begin[i])}},
               {"end", {cut(end[i])}},
               {"step", {cut(steps[i])}}});
  r.define(x);
}

void read_pad(OnnxReader& r, const OnnxSpec& spec) {
  const std::string mode = r.text("mode", "constant");
  if (mode != "constant" || r.has_input(3)) r.refuse("mode {}, expected constant, all axes", mode);
  const Ints pads = r.ints(1);
  if (pads.size() % 2 != 0) r.refuse("{} pads, expected two a dimension", pads.size());
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  r.define(r.add(spec.op, inputs_of(r, 1),
                 {{"begin", {pads.begin(), middle}},
                  {"end", {middle, pads.end()}},
                  {"value", {r.scalar(2, 0)}}}));
}

void read_gemm(OnnxReader& r, const OnnxSpec& spec) {
  if (r.integer("transA", 0) != 0 || r.number("alpha", 1) != 1 || r.number("beta", 1) != 1)
    r.refuse("transA, alpha or beta, expected x · W + b");
  std::vector<int> inputs{r.input(0), r.matrix(1, r.integer("transB", 0) == 0)};
  if (r.has_input(2)) {
    if (r.constant_shape(2).rank() != 1)
      r.refuse("a bias of {}, expected a constant of rank 1", r.constant_shape(2).text());
    inputs.push_back(r.input(2));
  }
  r.define(r.add(spec.op, inputs));
}

void read_matmul(OnnxReader& r, const OnnxSpec& spec) {
  if (r.constant_shape(1).rank() == 2)
    r.define(r.add("linear", {r.input(0), r.matrix(1, true)}));
  else
    r.define(r.add(spec.op, inputs_of(r, 2)));
}

void read_layer_norm(OnnxReader& r, const OnnxSpec& spec) {
  if (r.constant_shape(1).rank() != 1)
    r.refuse("a scale of {}, expected a constant of rank 1: only the last dimension is normalised",
             r.constant_shape(1).text());
  r.define(r.add(spec.op, inputs_of(r, 3), {{"eps", {r.number("epsilon", 1e-5f)}}}));
}

void read_gather(OnnxReader& r, const OnnxSpec& spec) {
  if (r.operand(0).is_sizes) return read_sizes_gather(r);
  if (r.constant_shape(0).rank() != 2 || r.integer("axis", 0) != 0)
    r.refuse("expected rows of a constant matrix");
  r.define(r.add(spec.op, {r.input(1), r.input(0)}));
}

void read_reduce(OnnxReader& r, const OnnxSpec& spec) {
  const Ints axes = r.has_input(1) ? r.ints(1) : r.list("axes");
  r.define(
      r.add(spec.op, inputs_of(r, 1),
            {{"axes", as_attribute(axes)}, {"keep", as_attribute({r.integer("keepdims", 1)})}}));
}

}  // namespace paucal::graph
