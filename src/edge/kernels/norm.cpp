// batch_norm (weight, bias, mean, var [C]; any layout) and layer_norm (over the last dimension).

#include <algorithm>
#include <cmath>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

// ---- batch_norm: passes fold it into convolutions, so it is kept simple ----

Result<Signatures> infer_batch_norm(const Node&, std::span<const Signature> inputs) {
  if (auto wrong = expect("x", inputs[0], -1)) return *wrong;
  const Shape& in = inputs[0].shape;
  if (in.rank() < 2) return failure("op", "{}: expected [N, C, ...]", in.text());
  for (size_t i = 1; i < 5; ++i)
    if (auto wrong = expect_shape("a statistic", inputs[i], {in[1]})) return *wrong;
  return Signatures{inputs[0]};
}

class BatchNorm : public Kernel {
 public:
  explicit BatchNorm(const KernelSpec& spec) {
    const auto of = [&](size_t i) { return spec.graph.floats(spec.node.inputs[i]); };
    const auto weight = of(1), bias = of(2), mean = of(3), variance = of(4);
    const auto eps = static_cast<float>(spec.node.number("eps", 1e-5));
    for (size_t c = 0; c < weight.size(); ++c) {
      scale_.push_back(weight[c] / std::sqrt(variance[c] + eps));
      shift_.push_back(bias[c] - mean[c] * scale_.back());
    }
  }
  void run(const KernelCall& call) const override {
    const Tensor &x = call.inputs[0], &y = call.outputs[0];
    const bool last = x.layout == Layout::kChannelsLast && x.shape.rank() == 4;
    if (y.shape.elements() == 0) return;
    const int64_t channels = x.shape[1];
    const int64_t inner = last ? channels : product(x.shape, 2, x.shape.rank());
    call.pool.run(x.shape.elements() / inner, [&](int64_t task, int) {
      const float* in = x.as<const float>() + task * inner;
      float* out = y.as<float>() + task * inner;
      if (last) {
        for (int64_t c = 0; c < inner; ++c) {
          const auto i = static_cast<size_t>(c);
          out[c] = in[c] * scale_[i] + shift_[i];
        }
        return;
      }
      const auto c = static_cast<size_t>(task % channels);
      for (int64_t i = 0; i < inner; ++i) out[i] = in[i] * scale_[c] + shift_[c];
    });
  }

 private:
  std::vector<float> scale_, shift_;
};

Result<std::unique_ptr<Kernel>> make_batch_norm(const KernelSpec& spec) {
  const Shape& first = spec.graph.value(spec.node.inputs[1]).shape;
  for (size_t i = 1; i < 5; ++i) {
    if (auto wrong = expect_constant(spec.graph, spec.node, i, "a statistic")) return *wrong;
    const Value& value = spec.graph.value(spec.node.inputs[i]);
    if (auto wrong = expect("a statistic", {value.type, value.shape}, 1)) return *wrong;
    if (auto wrong = expect_shape("a statistic", {value.type, value.shape}, first)) return *wrong;
  }
  return std::unique_ptr<Kernel>(std::make_unique<BatchNorm>(spec));
}

// ---- layer_norm ----

Result<Signatures> infer_layer_norm(const Node&, std::span<const Signature> inputs) {
  if (auto wrong = expect("x", inputs[0], -1)) return *wrong;
  const Shape& in = inputs[0].shape;
  if (in.rank() < 1) return failure("op", "{}: expected a last dimension", in.text());
  for (size_t i = 1; i < inputs.size(); ++i)
    if (!inputs[i].shape.is_absent())
      if (auto wrong = expect_shape(i == 1 ? "weight" : "bias", inputs[i], {in[in.rank() - 1]}))
        return *wrong;
  return Signatures{inputs[0]};
}

class LayerNorm : public Kernel {
 public:
  explicit LayerNorm(double eps) : eps_(static_cast<float>(eps)) {}
  void run(const KernelCall& call) const override {
    const Tensor &x = call.inputs[0], &y = call.outputs[0];
    if (y.shape.elements() == 0) return;
    const auto parameter = [&](size_t i) {
      return i < call.inputs.size() && !call.inputs[i].is_absent()
                 ? call.inputs[i].as<const float>()
                 : nullptr;
    };
    const float *weight = parameter(1), *bias = parameter(2);
    const int64_t size = x.shape[x.shape.rank() - 1];
    call.pool.run(x.shape.elements() / size, [&](int64_t row, int) {
      const float* in = x.as<const float>() + row * size;
      float* out = y.as<float>() + row * size;
      const float mean = sum_of(size, [&](int64_t i) { return in[i]; }) / static_cast<float>(size);
      const float squares =
          sum_of(size, [&](int64_t i) { return (in[i] - mean) * (in[i] - mean); });
      const float scale = 1.f / std::sqrt(squares / static_cast<float>(size) + eps_);
      for (int64_t i = 0; i < size; ++i) out[i] = (in[i] - mean) * scale;
      if (weight)
        for (int64_t i = 0; i < size; ++i) out[i] *= weight[i];
      if (bias)
        for (int64_t i = 0; i < size; ++i) out[i] += bias[i];
    });
  }

 private:
  // Eight sums side by side: vector code, and less rounding than one.
  template <class Term>
  static float sum_of(int64_t size, const Term& term) {
    constexpr int64_t kLanes = 8;
    float sums[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (int64_t k = 0; k < kLanes; ++k) sums[k] += term(i + k);
    for (; i < size; ++i) sums[0] += term(i);
    float total = 0;
    for (const float sum : sums) total += sum;
    return total;
  }

  float eps_;
};

constexpr AttributeInfo kAttributes[] = {{"eps", 1, 1, 0, 1, false}};

OpInfo batch_norm() {
  OpInfo op;
  op.name = "batch_norm";
  op.min_inputs = op.max_inputs = 5;
  op.in_place = true;
  op.attributes = kAttributes;
  op.infer = infer_batch_norm;
  op.make = make_batch_norm;
  return op;
}

OpInfo layer_norm() {
  OpInfo op;
  op.name = "layer_norm";
  op.max_inputs = 3;
  op.layout = LayoutRule::kRows;
  op.in_place = true;
  op.attributes = kAttributes;
  op.infer = infer_layer_norm;
  op.make = [](const KernelSpec& spec) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<LayerNorm>(spec.node.number("eps", 1e-5)));
  };
  return op;
}

}  // namespace

extern const OpInfo op_batch_norm, op_layer_norm;
const OpInfo op_batch_norm = batch_norm();
const OpInfo op_layer_norm = layer_norm();

}  // namespace paucal::edge
