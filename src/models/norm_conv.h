#pragma once
// Batch norm, LeakyReLU and a convolution as one step of the backward pass.

#include <ATen/core/Tensor.h>

namespace torch::nn {
class BatchNorm2dImpl;
class Conv2dImpl;
}  // namespace torch::nn

namespace paucal::models {

// conv(leaky_relu(norm(x), slope)); x: [N, C, H, W], which must not be changed in place afterwards;
// norm and conv as layers.h makes them.
// Training on the CPU keeps only x: the backward pass makes the map that the convolution read
// anew (to the last bits but one). That is half the memory of a network of such layers for a few
// percent of its time (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016). Its
// gradients can't be differentiated again.
at::Tensor norm_conv(const at::Tensor& x, torch::nn::BatchNorm2dImpl& norm, double slope,
                     torch::nn::Conv2dImpl& conv);

}  // namespace paucal::models
