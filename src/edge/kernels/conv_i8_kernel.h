#pragma once
// The kernel of conv2d_i8 and linear_i8: picks a path, packs the weights for it and splits the
// work.

#include "edge/kernels/kernel.h"
#include "edge/kernels/quantised_i8.h"

namespace paucal::edge {

// Inputs x, weight [O, C/groups, kh, kw] or [O, K], weight_scale [O], bias [O], residual. `conv`
// comes with strides, padding, dilation and groups; the rest is read from the node. Fails where a
// constant is none, has the wrong shape, or a sum could leave int32.
Result<std::unique_ptr<Kernel>> make_conv_i8_kernel(const KernelSpec& spec, ConvI8 conv);

}  // namespace paucal::edge
