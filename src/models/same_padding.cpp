#include "models/same_padding.h"

#include <ATen/ops/constant_pad_nd.h>
#include <torch/nn/modules/conv.h>

#include <utility>

namespace paucal::models {
namespace {

// Low and high. In place of a stride all places of the strided result are among the convolution's
// own.
std::pair<int64_t, int64_t> same_pads(int64_t kernel, int64_t stride, int64_t published_stride,
                                      int64_t dilation) {
  const int64_t low = (kernel - published_stride) / 2 * dilation;
  const int64_t high =
      stride == published_stride ? kernel - published_stride - low : (kernel - 1) * dilation - low;
  return {low, high};
}

}  // namespace

at::Tensor same_conv(torch::nn::Conv2dImpl& conv, int stride, const at::Tensor& x) {
  const int64_t kernel = conv.options.kernel_size()->at(0), own = conv.options.stride()->at(0),
                dilation = conv.options.dilation()->at(0);
  const auto [low, high] = same_pads(kernel, own, stride, dilation);
  return conv.forward(at::constant_pad_nd(x, {low, high, low, high}, 0));
}

}  // namespace paucal::models
