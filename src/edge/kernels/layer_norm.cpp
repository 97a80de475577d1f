// layer_norm: over the last dimension, weight? and bias? of its size.

#include <algorithm>
#include <cmath>

#include "edge/kernels/kernel.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

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

extern const OpInfo op_layer_norm;
const OpInfo op_layer_norm = layer_norm();

}  // namespace paucal::edge
