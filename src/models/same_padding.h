#pragma once
// TensorFlow's SAME padding, which is not the same on both sides of a strided convolution: total =
// max((⌈n/s⌉ − 1)·s + k − n, 0), the smaller half first. That depends on the side n; here it is the
// one of even sides: nothing and one for kernel 3, one and two for kernel 5. So the input's sides
// must be multiples of the network's stride.

#include <ATen/core/Tensor.h>

namespace torch::nn {
class Conv2dImpl;
}

namespace paucal::models {

// `conv` without padding of its own. `stride`: of the network as published; where the convolution's
// own is 1 instead, all places of the strided result are among its own.
at::Tensor same_conv(torch::nn::Conv2dImpl& conv, int stride, const at::Tensor& x);

}  // namespace paucal::models
