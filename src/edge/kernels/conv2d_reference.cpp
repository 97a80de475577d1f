// Any convolution, a pixel at a time: each input number times a line of weights, which the compiler
// vectorises over the output channels of the group.

#include <algorithm>

#include "edge/kernels/conv2d.h"
#include "edge/kernels/conv2d_simd.h"

namespace paucal::edge {
namespace {

// out[i] += x · weights[i]
void add_scaled(float x, const float* __restrict weights, float* __restrict out, int64_t count) {
  for (int64_t i = 0; i < count; ++i) out[i] += x * weights[i];
}

class Conv2dReference : public Kernel {
 public:
  explicit Conv2dReference(const Conv2d& conv)
      : conv_(conv), weights_(conv.weight.size()), group_out_(conv.out_channels / conv.groups) {
    // [O, C, kh, kw] → [groups][kh·kw][C][O of the group]
    const int64_t taps = conv.kernel_h * conv.kernel_w;
    for (int64_t o = 0; o < conv.out_channels; ++o)
      for (int64_t c = 0; c < conv.in_channels; ++c)
        for (int64_t t = 0; t < taps; ++t)
          weights_[static_cast<size_t>(
              ((o / group_out_ * taps + t) * conv.in_channels + c) * group_out_ + o % group_out_)] =
              conv.weight[static_cast<size_t>((o * conv.in_channels + c) * taps + t)];
    conv_.weight = {};
  }

  void run(const KernelCall& call) const override {
    const ConvSize size = conv_size(call.inputs[0].shape, call.outputs[0].shape);
    const bool has_residual = call.inputs.size() > 3 && !call.inputs[3].is_absent();
    const float* residual = has_residual ? call.inputs[3].as<const float>() : nullptr;
    call.pool.run(size.batch * size.out_h, [&](int64_t task, int) {
      const int64_t n = task / size.out_h, oy = task % size.out_h;
      const float* image = call.inputs[0].as<const float>() + n * size.in_h * size.in_w * size.in_c;
      const int64_t line = task * size.out_w * size.out_c;
      float* out = call.outputs[0].as<float>() + line;
      for (int64_t ox = 0; ox < size.out_w; ++ox, out += size.out_c)
        pixel(size, image, oy, ox, out);
      out = call.outputs[0].as<float>() + line;
      for (int64_t i = 0; i < size.out_w * size.out_c; ++i)
        out[i] = clamp1(residual ? out[i] + residual[line + i] : out[i], conv_.low, conv_.high);
    });
  }

  std::string_view path() const override { return "reference"; }

 private:
  void pixel(const ConvSize& size, const float* image, int64_t oy, int64_t ox, float* out) const {
    std::copy(conv_.bias.begin(), conv_.bias.end(), out);
    for (int64_t ky = 0; ky < conv_.kernel_h; ++ky) {
      const int64_t y = oy * conv_.stride_h - conv_.top + ky * conv_.dilation_h;
      if (y < 0 || y >= size.in_h) continue;
      for (int64_t kx = 0; kx < conv_.kernel_w; ++kx) {
        const int64_t x = ox * conv_.stride_w - conv_.left + kx * conv_.dilation_w;
        if (x < 0 || x >= size.in_w) continue;
        const float* in = image + (y * size.in_w + x) * size.in_c;
        for (int64_t g = 0; g < conv_.groups; ++g) {
          const int64_t tap = (g * conv_.kernel_h + ky) * conv_.kernel_w + kx;
          const float* weights = weights_.data() + tap * conv_.in_channels * group_out_;
          for (int64_t c = 0; c < conv_.in_channels; ++c)
            add_scaled(in[g * conv_.in_channels + c], weights + c * group_out_,
                       out + g * group_out_, group_out_);
        }
      }
    }
  }

  Conv2d conv_;
  std::vector<float> weights_;
  int64_t group_out_;
};

}  // namespace

std::unique_ptr<Kernel> make_conv2d_reference(const Conv2d& conv) {
  return std::make_unique<Conv2dReference>(conv);
}

}  // namespace paucal::edge
