// Largest stored value of each window. Padding never wins; a window of nothing but padding gives
// the zero point (real 0).

#include <algorithm>

#include "base/error.h"
#include "edge/kernels/kernel.h"
#include "edge/kernels/quantised_i8.h"

namespace paucal::edge {
namespace {

constexpr double kMost = 1 << 16;  // as max_pool2d
constexpr AttributeInfo kAttributes[] = {
    {.name = "kernel", .min_count = 2, .max_count = 2, .low = 1, .high = kMost, .required = true},
    {.name = "stride", .min_count = 2, .max_count = 2, .low = 1, .high = kMost},
    {.name = "padding", .min_count = 4, .max_count = 4, .low = 0, .high = kMost},
    {.name = "dilation", .min_count = 2, .max_count = 2, .low = 1, .high = kMost},
    {.name = "ceil_mode", .low = 0, .high = 1},
};

// One side of the window: the taps of output `i` that lie inside 0 … in-1.
struct Side {
  int64_t kernel, stride, pad, dilation;
  int64_t begin(int64_t i) const {
    const int64_t first = i * stride - pad;
    return first >= 0 ? 0 : (-first + dilation - 1) / dilation;
  }
  int64_t end(int64_t i, int64_t in) const {
    const int64_t room = in - (i * stride - pad);  // may be ≤ 0
    return room <= 0 ? 0 : std::min(kernel, (room + dilation - 1) / dilation);
  }
  int64_t at(int64_t i, int64_t tap) const { return i * stride - pad + tap * dilation; }
};

class MaxPoolI8 : public Kernel {
 public:
  MaxPoolI8(const Side& down, const Side& across, int zero)
      : down_(down), across_(across), zero_(zero) {}

  void run(const KernelCall& call) const override {
    const Shape &x = call.inputs[0].shape, &y = call.outputs[0].shape;
    if (y.elements() == 0) return;
    const auto* in = call.inputs[0].as<const uint8_t>();
    auto* out = call.outputs[0].as<uint8_t>();
    const int64_t channels = x[1];
    call.pool.run(y[0] * y[2], [&](int64_t task, int) {
      const int64_t image = task / y[2], row = task % y[2];
      for (int64_t column = 0; column < y[3]; ++column)
        for (int64_t k = 0; k < channels; k += kBlock) {
          const int64_t count = std::min(kBlock, channels - k);
          uint8_t most[kBlock] = {};
          bool any = false;
          for (int64_t i = down_.begin(row); i < down_.end(row, x[2]); ++i)
            for (int64_t j = across_.begin(column); j < across_.end(column, x[3]); ++j) {
              const int64_t pixel =
                  (image * x[2] + down_.at(row, i)) * x[3] + across_.at(column, j);
              raise(most, in + pixel * channels + k, count);
              any = true;
            }
          if (!any) std::fill_n(most, count, static_cast<uint8_t>(zero_));
          std::copy_n(most, count, out + (task * y[3] + column) * channels + k);
        }
    });
  }

 private:
  static constexpr int64_t kBlock = 64;  // channels; a count known to the compiler becomes vectors
  static void raise(uint8_t (&most)[kBlock], const uint8_t* x, int64_t count) {
    if (count == kBlock)
      for (int64_t k = 0; k < kBlock; ++k) most[k] = most[k] > x[k] ? most[k] : x[k];
    else
      for (int64_t k = 0; k < count; ++k) most[k] = std::max(most[k], x[k]);
  }

  Side down_, across_;
  int zero_;
};

Side side_of(const Node& node, size_t i) {
  return {node.integer("kernel", 1, i), node.integer("stride", node.integer("kernel", 1, i), i),
          node.integer("padding", 0, i), node.integer("dilation", 1, i)};
}

Result<std::vector<Signature>> infer(const Node& node, std::span<const Signature> in) {
  const Shape& x = in[0].shape;
  if (in[0].type != Type::kU8 || x.rank() != 4)
    return failure("op", "x {} {}, expected u8 of 4 dimensions", name_of(in[0].type), x.text());
  const bool ceil = node.integer("ceil_mode", 0) != 0;
  Shape y = x;
  for (int i = 0; i < 2; ++i) {
    const Side side = side_of(node, static_cast<size_t>(i));
    y[2 + i] =
        window_outputs(x[2 + i], side.kernel, side.stride, side.pad,
                       node.integer("padding", 0, static_cast<size_t>(i) + 2), side.dilation, ceil);
    if (y[2 + i] < 0)
      return failure("op", "x {}: smaller than the window of {} and dilation {}", x.text(),
                     side.kernel, side.dilation);
  }
  return std::vector<Signature>{{Type::kU8, y}};
}

Result<std::unique_ptr<Kernel>> make(const KernelSpec& spec) {
  const auto x = quantisation_of(spec.graph, spec.node.inputs[0]);
  const auto y = quantisation_of(spec.graph, spec.node.outputs[0]);
  if (!x.ok() || !y.ok()) return x.ok() ? y.failure() : x.failure();
  if (x->scale != y->scale || x->zero_point != y->zero_point)
    return failure("op", "an output of scale {} and zero point {}, expected those of x, {} and {}",
                   y->scale, y->zero_point, x->scale, x->zero_point);
  return std::unique_ptr<Kernel>(
      std::make_unique<MaxPoolI8>(side_of(spec.node, 0), side_of(spec.node, 1), x->zero_point));
}

}  // namespace

extern const OpInfo op_max_pool2d_i8;
const OpInfo op_max_pool2d_i8 = {
    .name = "max_pool2d_i8",
    .layout = LayoutRule::kChannelsLast,
    .attributes = kAttributes,
    .infer = infer,
    .make = make,
};

}  // namespace paucal::edge
