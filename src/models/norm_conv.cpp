#include "models/norm_conv.h"

#include <torch/torch.h>

namespace paucal::models {
namespace {

struct Shape {
  double slope, eps;
  std::vector<int64_t> stride, padding, dilation;
};

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

struct NormConv : public torch::autograd::Function<NormConv> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& gain,
                            const at::Tensor& shift, const at::Tensor& weight,
                            const c10::optional<at::Tensor>& bias, at::Tensor running_mean,
                            at::Tensor running_var, double momentum, const Shape& shape) {
    auto [y, mean, inverse_std] =
        at::native_batch_norm(x, gain, shift, running_mean, running_var, true, momentum, shape.eps);
    at::leaky_relu_(y, shape.slope);
    context->save_for_backward({x, gain, shift, weight, mean, inverse_std});
    context->saved_data["slope"] = shape.slope;
    context->saved_data["eps"] = shape.eps;
    context->saved_data["stride"] = shape.stride;
    context->saved_data["padding"] = shape.padding;
    context->saved_data["dilation"] = shape.dilation;
    context->saved_data["bias"] = bias.has_value();
    return at::conv2d(y, weight, bias, shape.stride, shape.padding, shape.dilation);
  }

  static tensor_list backward(AutogradContext* context, tensor_list gradients) {
    const auto saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &gain = saved[1], &shift = saved[2], &weight = saved[3],
                     &mean = saved[4], &inverse_std = saved[5];
    auto& data = context->saved_data;
    const double slope = data["slope"].toDouble(), eps = data["eps"].toDouble();
    const bool bias = data["bias"].toBool();
    // Under autocast the convolution read what it was given as bfloat16.
    const at::ScalarType type = gradients[0].scalar_type();
    // Applying the statistics that the forward pass found is one pass over x, not three.
    at::Tensor y = std::get<0>(
        at::native_batch_norm(x, gain, shift, mean, inverse_std.pow(-2) - eps, false, 0, eps));
    at::leaky_relu_(y, slope);
    y = y.to(type);
    const std::vector<int64_t> bias_sizes = {weight.size(0)};
    auto [y_gradient, weight_gradient, bias_gradient] = at::convolution_backward(
        gradients[0], y, weight.to(type), bias_sizes, data["stride"].toIntVector(),
        data["padding"].toIntVector(), data["dilation"].toIntVector(), false, {0, 0}, 1,
        {true, true, bias});
    // Maps are dropped as soon as they have served: this is where memory peaks.
    gradients.clear();
    at::leaky_relu_backward_out(y_gradient, y_gradient, y, slope, /*self_is_result=*/true);
    y.reset();
    const auto [x_gradient, gain_gradient, shift_gradient] =
        at::native_batch_norm_backward(y_gradient.to(x.scalar_type()), x, gain, {}, {}, mean,
                                       inverse_std, true, eps, {true, true, true});
    if (type != weight.scalar_type()) {
      weight_gradient = weight_gradient.to(weight.scalar_type());
      if (bias) bias_gradient = bias_gradient.to(weight.scalar_type());
    }
    return {x_gradient,   gain_gradient, shift_gradient, weight_gradient, bias_gradient,
            at::Tensor{}, at::Tensor{},  at::Tensor{},   at::Tensor{}};
  }
};

}  // namespace

at::Tensor norm_conv(const at::Tensor& x, torch::nn::BatchNorm2dImpl& norm, double slope,
                     torch::nn::Conv2dImpl& conv) {
  if (!norm.is_training() || !at::GradMode::is_enabled() || !x.is_cpu()) {
    at::Tensor y = norm.forward(x);
    return conv.forward(at::leaky_relu_(y, slope));
  }
  norm.num_batches_tracked += 1;
  const auto &stride = *conv.options.stride(), &dilation = *conv.options.dilation(),
             &kernel = *conv.options.kernel_size();
  Shape shape{slope, norm.options.eps(), {}, {}, {}};
  for (size_t i = 0; i < 2; ++i) {
    shape.stride.push_back(stride[i]);
    shape.dilation.push_back(dilation[i]);
    shape.padding.push_back(dilation[i] * (kernel[i] - 1) / 2);  // as layers.h makes them
  }
  const c10::optional<at::Tensor> bias =
      conv.bias.defined() ? c10::make_optional(conv.bias) : c10::nullopt;
  return NormConv::apply(x, norm.weight, norm.bias, conv.weight, bias, norm.running_mean,
                         norm.running_var, norm.options.momentum().value(), shape);
}

}  // namespace paucal::models
