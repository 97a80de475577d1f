#include "edge/kernels/conv2d_depthwise.h"

#include <algorithm>

#include "edge/kernels/conv2d.h"
#include "edge/kernels/conv2d_depthwise_line.h"

namespace paucal::edge {

void depthwise_portable(const DepthwiseLine& line) {
  depthwise_line(line);
}

namespace {

constexpr int64_t kTaskMacs = 1 << 16;  // some 5 µs

class Conv2dDepthwise : public Kernel {
 public:
  Conv2dDepthwise(const Conv2d& conv, Isa isa)
      : conv_(conv), channels_(conv.out_channels), weights_(conv.weight.size()) {
    const int64_t taps = conv.kernel_h * conv.kernel_w;
    for (int64_t c = 0; c < channels_; ++c)
      for (int64_t t = 0; t < taps; ++t)
        weights_.data()[t * channels_ + c] = conv.weight[static_cast<size_t>(c * taps + t)];
    conv_.weight = {};
#if defined(__x86_64__)
    if (has_avx2(isa)) kernel_ = depthwise_avx2, path_ = "depthwise avx2";
#endif
    (void)isa;
  }

  void run(const KernelCall& call) const override {
    const ConvSize size = conv_size(call.inputs[0].shape, call.outputs[0].shape);
    const bool has_residual = call.inputs.size() > 3 && !call.inputs[3].is_absent();
    const float* residual = has_residual ? call.inputs[3].as<const float>() : nullptr;
    const int64_t line_macs = size.out_w * channels_ * conv_.kernel_h * conv_.kernel_w;
    const int64_t lines = size.batch * size.out_h;
    const int64_t task_lines = std::max<int64_t>(1, kTaskMacs / std::max<int64_t>(1, line_macs));
    call.pool.run((lines + task_lines - 1) / task_lines, [&](int64_t task, int) {
      const int64_t end = std::min(lines, (task + 1) * task_lines);
      for (int64_t i = task * task_lines; i < end; ++i)
        run_line(size, call.inputs[0].as<const float>(), i, call.outputs[0].as<float>(), residual);
    });
  }

  std::string_view path() const override {
    return path_;
  }

 private:
  void run_line(const ConvSize& size, const float* in, int64_t index, float* out,
                const float* residual) const {
    const int64_t n = index / size.out_h, oy = index % size.out_h;
    const int64_t y = oy * conv_.stride_h - conv_.top;
    int64_t first = 0, last = conv_.kernel_h;  // filter rows in the image
    while (first < last && y + first * conv_.dilation_h < 0) ++first;
    while (last > first && y + (last - 1) * conv_.dilation_h >= size.in_h) --last;
    const int64_t line = size.in_w * channels_, at = index * size.out_w * channels_;
    const bool any = last > first;
    kernel_({.in = any ? in + (n * size.in_h + y + first * conv_.dilation_h) * line : in,
             .line = conv_.dilation_h * line,
             .rows = last - first,
             .weights = weights_.data() + (any ? first * conv_.kernel_w * channels_ : 0),
             .bias = conv_.bias.data(),
             .residual = residual ? residual + at : nullptr,
             .out = out + at,
             .channels = channels_,
             .in_w = size.in_w,
             .out_w = size.out_w,
             .kernel_w = conv_.kernel_w,
             .stride = conv_.stride_w,
             .left = conv_.left,
             .dilation = conv_.dilation_w,
             .low = conv_.low,
             .high = conv_.high});
  }

  Conv2d conv_;
  int64_t channels_;
  AlignedFloats weights_;
  DepthwiseKernel kernel_ = depthwise_portable;
  std::string_view path_ = "depthwise";
};

}  // namespace

std::unique_ptr<Kernel> make_conv2d_depthwise(const Conv2d& conv, Isa isa) {
  return std::make_unique<Conv2dDepthwise>(conv, isa);
}

}  // namespace paucal::edge
