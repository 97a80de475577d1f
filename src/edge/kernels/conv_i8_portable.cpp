#include "edge/kernels/quantised_i8.h"

namespace paucal::edge {
namespace {

// The inputs of one output pixel as [C][kh · kw · C/groups] by group, zeros outside.
void gather(const ConvI8& c, const ConvI8Call& call, int64_t image, int64_t y, int64_t x,
            int16_t* window) {
  const int64_t depth = group_channels(c), area = c.kernel_h * c.kernel_w;
  for (int64_t t = 0; t < area; ++t) {
    const int64_t row = y * c.stride_h - c.pad_top + t / c.kernel_w * c.dilation_h;
    const int64_t column = x * c.stride_w - c.pad_left + t % c.kernel_w * c.dilation_w;
    const bool inside = row >= 0 && row < call.h && column >= 0 && column < call.w;
    const uint8_t* from =
        inside ? call.x + ((image * call.h + row) * call.w + column) * c.channels : nullptr;
    for (int64_t g = 0; g < c.groups; ++g)
      for (int64_t k = 0; k < depth; ++k)
        window[(g * area + t) * depth + k] =
            inside ? static_cast<int16_t>(from[g * depth + k] - c.x_zero) : int16_t{0};
  }
}

}  // namespace

void conv_i8_portable(const ConvI8& c, const int8_t* weights, const ConvI8Call& call,
                      const ConvI8Part& part, int16_t* window) {
  const RequantiseI8& q = c.requantise;
  const int64_t length = group_channels(c) * c.kernel_h * c.kernel_w;
  for (int64_t y = part.row; y < part.row_end; ++y)
    for (int64_t x = 0; x < call.out_w; ++x) {
      gather(c, call, part.image, y, x, window);
      const int64_t at = ((part.image * call.out_h + y) * call.out_w + x) * c.outputs;
      for (int64_t o = 0; o < c.outputs; ++o) {
        const int16_t* in = window + o / group_outputs(c) * length;
        const int8_t* w = weights + o * length;
        int32_t sum = q.bias[o];
        for (int64_t k = 0; k < length; ++k) sum += in[k] * w[k];
        float v = static_cast<float>(sum) * q.scale[o];
        if (call.residual) v = add_residual(v, call.residual[at + o], q);
        call.y[at + o] = to_u8(v, q);
      }
    }
}

}  // namespace paucal::edge
