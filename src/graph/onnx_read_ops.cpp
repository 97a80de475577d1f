// What each ONNX op becomes. One function an op (or family), one line in kOps.

#include "graph/onnx_read_ops.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "graph/onnx.h"

namespace paucal::graph {
namespace {

using edge::Attribute;
using edge::Node;
using Ints = std::vector<int64_t>;

constexpr float kNoBound = 3.4e38f;
constexpr int64_t kFar = int64_t{1} << 40;  // beyond any size

Attribute numbers(const Ints& ints) {
  return {ints.begin(), ints.end()};
}

// The first `count` inputs, absent ones left out at the end.
std::vector<int> inputs_of(OnnxReader& r, int count) {
  std::vector<int> inputs;
  for (int i = 0; i < count; ++i) inputs.push_back(r.input(i));
  while (!inputs.empty() && inputs.back() == Node::kAbsent) inputs.pop_back();
  return inputs;
}

void same(OnnxReader& r, const char* op) {
  r.define(r.add(op, inputs_of(r, r.inputs())));
}

void identity(OnnxReader& r, const char*) {
  if (r.has_input(2)) r.refuse("in training mode");  // Dropout
  r.define(Operand(r.operand(0)));
}

void constant(OnnxReader& r, const char*) {
  if (r.node().attribute_size() != 1 || !r.node().attribute(0).has_t())
    r.refuse("expected one attribute 'value'");
  Operand operand;
  operand.tensor = &r.node().attribute(0).t();
  r.define(std::move(operand));
}

// What Conv and the pools share: [y, x] of windows, [top, left, bottom, right] of pads.
std::map<std::string, Attribute, std::less<>> window(OnnxReader& r) {
  const std::string auto_pad = r.text("auto_pad", "NOTSET");
  if (auto_pad != "NOTSET" && auto_pad != "VALID")
    r.refuse("auto_pad {}, expected explicit pads", auto_pad);
  const auto two = [&](const char* name) {
    Ints list = r.list(name, {1, 1});
    if (list.size() != 2) r.refuse("'{}' of {} numbers, expected 2", name, list.size());
    return numbers(list);
  };
  const Ints pads = r.list("pads", {0, 0, 0, 0});
  if (pads.size() != 4) r.refuse("'pads' of {} numbers, expected 4", pads.size());
  return {{"stride", two("strides")}, {"dilation", two("dilations")}, {"padding", numbers(pads)}};
}

void conv(OnnxReader& r, const char* op) {
  auto attributes = window(r);
  const edge::Shape weight = r.constant_shape(1);
  if (weight.rank() != 4) r.refuse("a weight of {}, expected a constant of rank 4", weight.text());
  const Ints kernel = r.list("kernel_shape", {weight[2], weight[3]});
  if (kernel != Ints{weight[2], weight[3]})
    r.refuse("a kernel of {}, expected that of the weight {}", fmt::join(kernel, "×"),
             weight.text());
  attributes["groups"] = {static_cast<double>(r.integer("group", 1))};
  r.define(r.add(op, inputs_of(r, 3), attributes));
}

void pool(OnnxReader& r, const char* op) {
  auto attributes = window(r);
  const Ints kernel = r.list("kernel_shape");
  if (kernel.size() != 2) r.refuse("a kernel of {} numbers, expected 2", kernel.size());
  attributes["kernel"] = numbers(kernel);
  attributes["ceil_mode"] = {static_cast<double>(r.integer("ceil_mode", 0))};
  if (std::string_view(op) == "avg_pool2d") {
    if (attributes["dilation"] != Attribute{1, 1}) r.refuse("dilation, expected none");
    attributes.erase("dilation");
    attributes["count_include_pad"] = {static_cast<double>(r.integer("count_include_pad", 0))};
  }
  r.define(r.add(op, inputs_of(r, 1), attributes));
}

void batch_norm(OnnxReader& r, const char* op) {
  if (r.integer("training_mode", 0) != 0) r.refuse("in training mode");
  r.define(r.add(op, inputs_of(r, 5), {{"eps", {r.number("epsilon", 1e-5f)}}}));
}

void clip(OnnxReader& r, const char* op) {
  const float low = std::max(r.scalar(1, -kNoBound), -kNoBound);
  const float high = std::min(r.scalar(2, kNoBound), kNoBound);
  r.define(r.add(op, inputs_of(r, 1), {{"low", {low}}, {"high", {high}}}));
}

void leaky_relu(OnnxReader& r, const char* op) {
  r.define(r.add(op, inputs_of(r, 1), {{"slope", {r.number("alpha", .01f)}}}));
}

void hard_sigmoid(OnnxReader& r, const char* op) {
  const float alpha = r.number("alpha", .2f), beta = r.number("beta", .5f);
  if (std::abs(alpha - 1.f / 6.f) > 1e-5f || beta != .5f)
    r.refuse("alpha {} and beta {}, expected 1/6 and 0.5", alpha, beta);
  r.define(r.add(op, inputs_of(r, 1)));
}

void gelu(OnnxReader& r, const char* op) {
  const bool tanh = r.text("approximate", "none") == "tanh";
  r.define(r.add(op, inputs_of(r, 1), {{"tanh", {tanh ? 1. : 0.}}}));
}

void concat(OnnxReader& r, const char* op) {
  for (int i = 0; i < r.inputs(); ++i)
    if (r.operand(i).is_sizes) return read_sizes_concat(r);
  r.define(r.add(op, inputs_of(r, r.inputs()), {{"axis", numbers({r.integer("axis", 0)})}}));
}

void flatten(OnnxReader& r, const char* op) {
  if (r.integer("axis", 1) != 1) r.refuse("axis {}, expected 1", r.integer("axis", 1));
  r.define(r.add(op, inputs_of(r, 1), {{"shape", {0, -1}}}));
}

void transpose(OnnxReader& r, const char* op) {
  if (!r.has("perm")) r.refuse("no 'perm', expected the order of the axes");
  r.define(r.add(op, inputs_of(r, 1), {{"axes", numbers(r.list("perm"))}}));
}

// One node an axis.
void slice(OnnxReader& r, const char* op) {
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
    x = r.add(op, {x},
              {{"axis", numbers({axes[i]})},
               {"begin", {cut(begin[i])}},
               {"end", {cut(end[i])}},
               {"step", {cut(steps[i])}}});
  r.define(x);
}

void pad(OnnxReader& r, const char* op) {
  const std::string mode = r.text("mode", "constant");
  if (mode != "constant" || r.has_input(3)) r.refuse("mode {}, expected constant, all axes", mode);
  const Ints pads = r.ints(1);
  if (pads.size() % 2 != 0) r.refuse("{} pads, expected two a dimension", pads.size());
  const auto middle = pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2);
  r.define(r.add(op, inputs_of(r, 1),
                 {{"begin", {pads.begin(), middle}},
                  {"end", {middle, pads.end()}},
                  {"value", {r.scalar(2, 0)}}}));
}

void gemm(OnnxReader& r, const char* op) {
  if (r.integer("transA", 0) != 0 || r.number("alpha", 1) != 1 || r.number("beta", 1) != 1)
    r.refuse("transA, alpha or beta, expected x · W + b");
  std::vector<int> inputs{r.input(0), r.matrix(1, r.integer("transB", 0) == 0)};
  if (r.has_input(2)) {
    if (r.constant_shape(2).rank() != 1)
      r.refuse("a bias of {}, expected a constant of rank 1", r.constant_shape(2).text());
    inputs.push_back(r.input(2));
  }
  r.define(r.add(op, inputs));
}

void matmul(OnnxReader& r, const char* op) {
  if (r.constant_shape(1).rank() == 2)
    r.define(r.add("linear", {r.input(0), r.matrix(1, true)}));
  else
    r.define(r.add(op, inputs_of(r, 2)));
}

void along_axis(OnnxReader& r, const char* op) {
  r.define(r.add(op, inputs_of(r, 1), {{"axis", numbers({r.integer("axis", -1)})}}));
}

void layer_norm(OnnxReader& r, const char* op) {
  if (r.constant_shape(1).rank() != 1)
    r.refuse("a scale of {}, expected a constant of rank 1: only the last dimension is normalised",
             r.constant_shape(1).text());
  r.define(r.add(op, inputs_of(r, 3), {{"eps", {r.number("epsilon", 1e-5f)}}}));
}

void gather(OnnxReader& r, const char* op) {
  if (r.operand(0).is_sizes) return read_sizes_gather(r);
  if (r.constant_shape(0).rank() != 2 || r.integer("axis", 0) != 0)
    r.refuse("expected rows of a constant matrix");
  r.define(r.add(op, {r.input(1), r.input(0)}));
}

void reduce(OnnxReader& r, const char* op) {
  const Ints axes = r.has_input(1) ? r.ints(1) : r.list("axes");
  r.define(r.add(op, inputs_of(r, 1),
                 {{"axes", numbers(axes)}, {"keep", numbers({r.integer("keepdims", 1)})}}));
}

struct Entry {
  std::string_view onnx;
  const char* op;  // "": of the reader's choice, or none
  void (*read)(OnnxReader&, const char* op);
};

constexpr Entry kOps[] = {
    {"Add", "add", same},
    {"AveragePool", "avg_pool2d", pool},
    {"BatchNormalization", "batch_norm", batch_norm},
    {"Cast", "", read_sizes_alias},
    {"Clip", "clamp", clip},
    {"Concat", "concat", concat},
    {"Constant", "", constant},
    {"Conv", "conv2d", conv},
    {"Div", "div", same},
    {"Dropout", "", identity},
    {"Exp", "exp", same},
    {"Flatten", "reshape", flatten},
    {"Gather", "embedding", gather},
    {"Gelu", "gelu", gelu},
    {"Gemm", "linear", gemm},
    {"GlobalAveragePool", "global_avg_pool", same},
    {"HardSigmoid", "hard_sigmoid", hard_sigmoid},
    {"HardSwish", "hard_swish", same},
    {"Identity", "", identity},
    {"LayerNormalization", "layer_norm", layer_norm},
    {"LeakyRelu", "leaky_relu", leaky_relu},
    {"Log", "log", same},
    {"LogSoftmax", "log_softmax", along_axis},
    {"MatMul", "matmul", matmul},
    {"MaxPool", "max_pool2d", pool},
    {"Mul", "mul", same},
    {"Neg", "neg", same},
    {"Pad", "pad", pad},
    {"ReduceMax", "max", reduce},
    {"ReduceMean", "mean", reduce},
    {"Relu", "relu", same},
    {"Reshape", "reshape", read_reshape},
    {"Resize", "", read_resize},
    {"Shape", "", read_shape},
    {"Sigmoid", "sigmoid", same},
    {"Slice", "slice", slice},
    {"Softmax", "softmax", along_axis},
    {"Sqrt", "sqrt", same},
    {"Squeeze", "", read_sizes_alias},
    {"Sub", "sub", same},
    {"Tanh", "tanh", same},
    {"Transpose", "permute", transpose},
    {"Unsqueeze", "", read_sizes_alias},
};

}  // namespace

bool read_onnx_op(OnnxReader& reader) {
  const auto entry = std::ranges::find(kOps, reader.node().op_type(), &Entry::onnx);
  if (entry == std::end(kOps)) return false;
  entry->read(reader, entry->op);
  return true;
}

std::vector<std::string_view> onnx_ops() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kOps) names.push_back(entry.onnx);
  return names;
}

}  // namespace paucal::graph
