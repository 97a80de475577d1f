// softmax and log_softmax over one axis; row-major.

#include <algorithm>
#include <limits>

#include "edge/kernels/kernel.h"
#include "edge/kernels/math.h"
#include "edge/kernels/shapes.h"

namespace paucal::edge {
namespace {

Result<Signatures> infer_softmax(const Node& node, std::span<const Signature> inputs) {
  if (auto wrong = expect("x", inputs[0], -1)) return *wrong;
  if (normal_axis(node.integer("axis", -1), inputs[0].shape.rank()) < 0)
    return failure("op", "axis {} of {}, which it lacks", node.integer("axis", -1),
                   inputs[0].shape.text());
  return Signatures{inputs[0]};
}

// One line of `size` numbers, `step` apart; in may equal out.
template <bool kLog>
void softmax_line(const float* in, float* out, int64_t size, int64_t step) {
  float highest = -std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < size; ++i) highest = std::max(highest, in[i * step]);
  // A line of -inf alone (everything masked) has no maximum to subtract: NaN, as in PyTorch.
  float sum = 0;
  if (step == 1) {
    for (int64_t i = 0; i < size; ++i) out[i] = kLog ? in[i] - highest : fast_exp(in[i] - highest);
    constexpr int64_t kLanes = 8;  // sums side by side, always in the same order
    float sums[kLanes] = {};
    int64_t i = 0;
    for (; i + kLanes <= size; i += kLanes)
      for (int64_t k = 0; k < kLanes; ++k) sums[k] += kLog ? fast_exp(out[i + k]) : out[i + k];
    for (; i < size; ++i) sums[0] += kLog ? fast_exp(out[i]) : out[i];
    for (const float part : sums) sum += part;
  } else {
    for (int64_t i = 0; i < size; ++i) {
      const float shifted = in[i * step] - highest, y = fast_exp(shifted);
      sum += y;
      out[i * step] = kLog ? shifted : y;
    }
  }
  const float scale = 1.f / sum, log_sum = std::log(sum);
  for (int64_t i = 0; i < size; ++i) {
    float& y = out[i * step];
    y = kLog ? y - log_sum : y * scale;
  }
}

template <bool kLog>
class Softmax : public Kernel {
 public:
  explicit Softmax(int64_t axis) : axis_(axis) {}
  void run(const KernelCall& call) const override {
    const Tensor &x = call.inputs[0], &y = call.outputs[0];
    if (y.shape.elements() == 0) return;
    const int axis = normal_axis(axis_, x.shape.rank());
    const int64_t size = x.shape[axis], step = product(x.shape, axis + 1, x.shape.rank());
    const int64_t lines = x.shape.elements() / size;
    const int64_t per_task = std::max<int64_t>(1, kElementsPerTask / size);
    call.pool.run(ceil_div(lines, per_task), [&](int64_t task, int) {
      for (int64_t i = task * per_task; i < std::min(lines, (task + 1) * per_task); ++i) {
        const int64_t first = i / step * step * size + i % step;
        softmax_line<kLog>(x.as<const float>() + first, y.as<float>() + first, size, step);
      }
    });
  }

 private:
  static constexpr int64_t kElementsPerTask = 1 << 13;
  int64_t axis_;
};

constexpr AttributeInfo kAttributes[] = {{"axis", 1, 1, -6, 5}};

template <bool kLog>
OpInfo op_of(std::string_view name) {
  OpInfo op;
  op.name = name;
  op.layout = LayoutRule::kRows;
  op.in_place = true;
  op.attributes = kAttributes;
  op.infer = infer_softmax;
  op.make = [](const KernelSpec& spec) -> Result<std::unique_ptr<Kernel>> {
    return std::unique_ptr<Kernel>(std::make_unique<Softmax<kLog>>(spec.node.integer("axis", -1)));
  };
  return op;
}

}  // namespace

extern const OpInfo op_softmax, op_log_softmax;
const OpInfo op_softmax = op_of<false>("softmax");
const OpInfo op_log_softmax = op_of<true>("log_softmax");

}  // namespace paucal::edge
