// Ops that move elements and compute nothing; of any type.

#include <algorithm>
#include <cstring>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"
#include "edge/kernels/strided_copy.h"

namespace paucal::edge {
namespace {

constexpr double kMaxSize = 1e12;  // about Shape::kMaxElements

template <class T>
Result<std::unique_ptr<Kernel>> make_kernel(const KernelSpec& spec) {
  return std::unique_ptr<Kernel>(std::make_unique<T>(spec.node));
}

OpInfo op_of(std::string_view name, std::span<const AttributeInfo> attributes,
             decltype(OpInfo::infer) infer, decltype(OpInfo::make) make) {
  OpInfo op;
  op.name = name;
  op.layout = LayoutRule::kRows;
  op.image_wise = true;
  op.attributes = attributes;
  op.infer = infer;
  op.make = make;
  return op;
}

// ---- reshape: 0 keeps a dimension, one -1 takes what is left ----

// Of an empty tensor too: [0, 3, 4] to [0, -1] is [0, 12], as it is for every other batch.
int64_t product_of_nonzero(const Shape& shape) {
  int64_t result = 1;
  for (const int64_t dim : shape.dims()) result *= std::max<int64_t>(1, dim);
  return result;
}

Result<Signatures> infer_reshape(const Node& node, std::span<const Signature> inputs) {
  const Shape& in = inputs[0].shape;
  const Attribute& wanted = node.attributes.find("shape")->second;
  const std::array<int64_t, Shape::kMaxRank> zeros{};
  Shape out{std::span(zeros.data(), wanted.size())};
  int free = -1;
  for (int d = 0; d < out.rank(); ++d) {
    out[d] = static_cast<int64_t>(wanted[static_cast<size_t>(d)]);
    if (out[d] == 0) {
      if (d >= in.rank())
        return failure("op", "a reshape of {} keeps dimension {}, which it lacks", in.text(), d);
      out[d] = in[d];
    } else if (out[d] == -1) {
      if (free >= 0) return failure("op", "a reshape with two free dimensions, expected one");
      free = d;
      out[d] = 1;
    }
  }
  const int64_t known = out.elements(), elements = in.elements();
  if (free >= 0 && known >= 0) {
    const bool both_empty = known == 0 && elements == 0;
    out[free] = both_empty ? product_of_nonzero(in) / product_of_nonzero(out)
                           : elements / std::max<int64_t>(1, known);
  }
  if (known < 0 || out.elements() != elements)
    return failure("op", "{} can't be reshaped to {}", in.text(), out.text());
  return Signatures{{inputs[0].type, out}};
}

class Reshape : public Kernel {
 public:
  explicit Reshape(const Node&) {}
  void run(const KernelCall& call) const override {
    const Tensor& out = call.outputs[0];
    if (out.data != call.inputs[0].data && out.bytes() > 0)  // often in place
      std::memcpy(out.data, call.inputs[0].data, out.bytes());
  }
};

// ---- permute ----

Result<Signatures> infer_permute(const Node& node, std::span<const Signature> inputs) {
  const Shape& in = inputs[0].shape;
  const Attribute& axes = node.attributes.find("axes")->second;
  Shape out = in;
  std::array<bool, Shape::kMaxRank> seen{};
  bool fits = static_cast<int>(axes.size()) == in.rank();
  for (int d = 0; fits && d < in.rank(); ++d) {
    const int axis = normal_axis(node.integer("axes", 0, static_cast<size_t>(d)), in.rank());
    fits = axis >= 0 && !seen[static_cast<size_t>(axis)];
    if (!fits) break;
    seen[static_cast<size_t>(axis)] = true;
    out[d] = in[axis];
  }
  if (!fits) {
    std::string named;  // fmt::join() would cost 40 kB
    for (const double axis : axes) named += fmt::format("{}{}", named.empty() ? "" : ", ", axis);
    return failure("op", "axes {} of {}, expected each dimension once", named, in.text());
  }
  return Signatures{{inputs[0].type, out}};
}

class Permute : public Kernel {
 public:
  explicit Permute(const Node& node) : node_(node) {}
  void run(const KernelCall& call) const override {
    const Tensor &in = call.inputs[0], &out = call.outputs[0];
    const Strides from = strides_of(in.shape, Layout::kRows);
    StridedCopy job{out.shape, size_of(in.type), in.data,
                    {},        out.data,         strides_of(out.shape, Layout::kRows)};
    for (int d = 0; d < in.shape.rank(); ++d) {
      const auto i = static_cast<size_t>(d);
      job.from_strides[i] =
          from[static_cast<size_t>(normal_axis(node_.integer("axes", 0, i), in.shape.rank()))];
    }
    strided_copy(job, call.pool);
  }

 private:
  const Node& node_;  // of the graph, which outlives its kernels
};

// ---- slice: begin and end count from the back where negative and are cut to the size ----

struct Cut {
  int axis = -1;
  int64_t begin = 0, step = 1, count = 0;
};

Cut cut_of(const Node& node, const Shape& in) {
  Cut cut{normal_axis(node.integer("axis", 0), in.rank()), 0, node.integer("step", 1), 0};
  if (cut.axis < 0) return cut;
  const int64_t size = in[cut.axis];
  const auto place = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + size : i, 0, size); };
  cut.begin = place(node.integer("begin", 0));
  const int64_t end = place(node.integer("end", size));
  cut.count = std::max<int64_t>(0, ceil_div(end - cut.begin, cut.step));
  return cut;
}

Result<Signatures> infer_slice(const Node& node, std::span<const Signature> inputs) {
  Shape out = inputs[0].shape;
  const Cut cut = cut_of(node, out);
  if (cut.axis < 0)
    return failure("op", "axis {} of {}, which it lacks", node.integer("axis", 0), out.text());
  out[cut.axis] = cut.count;
  return Signatures{{inputs[0].type, out}};
}

class Slice : public Kernel {
 public:
  explicit Slice(const Node& node) : node_(node) {}
  void run(const KernelCall& call) const override {
    const Tensor &in = call.inputs[0], &out = call.outputs[0];
    if (out.shape.elements() == 0) return;
    const Cut cut = cut_of(node_, in.shape);
    Strides from = strides_of(in.shape, Layout::kRows);
    int64_t& stride = from[static_cast<size_t>(cut.axis)];
    const auto* first =
        in.as<const std::byte>() + cut.begin * stride * static_cast<int64_t>(size_of(in.type));
    stride *= cut.step;
    strided_copy(
        {out.shape, size_of(in.type), first, from, out.data, strides_of(out.shape, Layout::kRows)},
        call.pool);
  }

 private:
  const Node& node_;
};

// ---- pad: `begin` and `end` elements of `value` before and after each dimension ----

Result<Signatures> infer_pad(const Node& node, std::span<const Signature> inputs) {
  if (auto wrong = expect("x", inputs[0], -1)) return *wrong;
  Shape out = inputs[0].shape;
  for (const char* side : {"begin", "end"}) {
    const Attribute& sizes = node.attributes.find(side)->second;
    if (static_cast<int>(sizes.size()) != out.rank())
      return failure("op", "{} has {} sizes for {}, expected one a dimension", side, sizes.size(),
                     out.text());
    for (int d = 0; d < out.rank(); ++d)
      out[d] += static_cast<int64_t>(sizes[static_cast<size_t>(d)]);
  }
  return Signatures{{inputs[0].type, out}};
}

class Pad : public Kernel {
 public:
  explicit Pad(const Node& node)
      : node_(node), value_(static_cast<float>(node.number("value", 0))) {}
  void run(const KernelCall& call) const override {
    const Tensor &in = call.inputs[0], &out = call.outputs[0];
    std::fill_n(out.as<float>(), out.shape.elements(), value_);
    const Strides to = strides_of(out.shape, Layout::kRows);
    int64_t first = 0;
    for (int d = 0; d < out.shape.rank(); ++d) {
      const auto i = static_cast<size_t>(d);
      first += node_.integer("begin", 0, i) * to[i];
    }
    if (in.shape.elements() > 0)
      strided_copy({in.shape, sizeof(float), in.data, strides_of(in.shape, Layout::kRows),
                    out.as<float>() + first, to},
                   call.pool);
  }

 private:
  const Node& node_;
  float value_;
};

// ---- layouts ----

Result<Signatures> infer_layout(const Node&, std::span<const Signature> inputs) {
  if (inputs[0].shape.rank() != 4)
    return failure("op", "{}: expected rank 4, as layouts are of images", inputs[0].shape.text());
  return Signatures{inputs[0]};
}

class ChangeLayout : public Kernel {
 public:
  explicit ChangeLayout(const Node&) {}
  void run(const KernelCall& call) const override {
    const Tensor &in = call.inputs[0], &out = call.outputs[0];
    strided_copy({out.shape, size_of(in.type), in.data, strides_of(in.shape, in.layout), out.data,
                  strides_of(out.shape, out.layout)},
                 call.pool);
  }
};

// The layouts that the op's name promises.
template <Layout kFrom, Layout kTo>
Result<std::unique_ptr<Kernel>> make_layout(const KernelSpec& spec) {
  const Value& in = spec.graph.value(spec.node.inputs[0]);
  const Value& out = spec.graph.value(spec.node.outputs[0]);
  if ((in.layout != kFrom && !in.is_constant()) || out.layout != kTo)
    return failure("op", "'{}' or '{}' has the other memory layout", in.name, out.name);
  return make_kernel<ChangeLayout>(spec);
}

constexpr AttributeInfo kReshape[] = {{"shape", 0, Shape::kMaxRank, -1, kMaxSize, true, true}};
constexpr AttributeInfo kPermute[] = {{"axes", 0, Shape::kMaxRank, -6, 5, true, true}};
constexpr AttributeInfo kSlice[] = {{"axis", 1, 1, -6, 5, true, true},
                                    {"begin", 1, 1, -9e15, 9e15},
                                    {"end", 1, 1, -9e15, 9e15},
                                    {"step", 1, 1, 1, kMaxSize}};
constexpr AttributeInfo kPad[] = {{"begin", 0, Shape::kMaxRank, 0, 1e9, true, true},
                                  {"end", 0, Shape::kMaxRank, 0, 1e9, true, true},
                                  {"value", 1, 1, -3.5e38, 3.5e38, false}};

OpInfo in_place(OpInfo op) {
  op.in_place = true;
  return op;
}

OpInfo converting(OpInfo op) {
  op.layout = LayoutRule::kConvert;
  return op;
}

}  // namespace

extern const OpInfo op_reshape, op_permute, op_slice, op_pad, op_to_rows, op_to_channels_last;
const OpInfo op_reshape = in_place(op_of("reshape", kReshape, infer_reshape, make_kernel<Reshape>));
const OpInfo op_permute = op_of("permute", kPermute, infer_permute, make_kernel<Permute>);
const OpInfo op_slice = op_of("slice", kSlice, infer_slice, make_kernel<Slice>);
const OpInfo op_pad = op_of("pad", kPad, infer_pad, make_kernel<Pad>);
const OpInfo op_to_rows = converting(
    op_of("to_rows", {}, infer_layout, make_layout<Layout::kChannelsLast, Layout::kRows>));
const OpInfo op_to_channels_last = converting(
    op_of("to_channels_last", {}, infer_layout, make_layout<Layout::kRows, Layout::kChannelsLast>));

}  // namespace paucal::edge
