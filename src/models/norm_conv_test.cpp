#include "models/norm_conv.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/layers.h"

namespace paucal::models {
namespace {

constexpr double kSlope = 0.1;

struct Layer {
  std::shared_ptr<torch::nn::BatchNorm2dImpl> norm;
  std::shared_ptr<torch::nn::Conv2dImpl> conv;
  at::Tensor x, y, gradient_of_x;

  Layer(const ConvShape& shape, at::MemoryFormat format) {
    torch::manual_seed(3);
    norm = batch_norm(shape.in, {.momentum = 0.2, .eps = 1e-3});
    conv = models::conv(shape);
    torch::nn::init::uniform_(norm->weight, -1, 2);
    torch::nn::init::uniform_(norm->bias, -1, 1);
    x = torch::randn({4, shape.in, 9, 7}).mul(3).contiguous(format).requires_grad_(true);
  }
  void backward() {
    (y * torch::arange(y.numel()).view_as(y).to(torch::kFloat).sin()).sum().backward();
    gradient_of_x = x.grad();
  }
  std::vector<at::Tensor> everything() const {
    std::vector<at::Tensor> all = {y, gradient_of_x};
    for (const at::Tensor& parameter : norm->parameters()) all.push_back(parameter.grad());
    for (const at::Tensor& parameter : conv->parameters()) all.push_back(parameter.grad());
    for (const at::Tensor& buffer : norm->buffers()) all.push_back(buffer);
    return all;
  }
};

TEST(NormConv, EqualsItsParts) {
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast})
    for (const ConvShape& shape :
         {ConvShape{.in = 6, .out = 8}, ConvShape{.in = 6, .out = 5, .stride = 2, .bias = true},
          ConvShape{.in = 4, .out = 4, .dilation = 2}, ConvShape{.in = 4, .out = 7, .kernel = 1}}) {
      Layer ours(shape, format), parts(shape, format);
      ours.y = norm_conv(ours.x, *ours.norm, kSlope, *ours.conv);
      parts.y = parts.conv->forward(torch::leaky_relu(parts.norm->forward(parts.x), kSlope));
      ours.backward();
      parts.backward();
      const auto a = ours.everything(), b = parts.everything();
      ASSERT_EQ(a.size(), b.size());
      EXPECT_TRUE(torch::equal(a[0], b[0]));
      for (size_t i = 0; i < a.size(); ++i)
        EXPECT_TRUE(torch::allclose(a[i], b[i], 1e-5, 1e-5)) << i << "\n" << a[i] - b[i];
    }
}

TEST(NormConv, EvaluatesWithRunningStatistics) {
  Layer layer({.in = 3, .out = 2}, at::MemoryFormat::Contiguous);
  layer.norm->eval();
  const at::Tensor y = norm_conv(layer.x, *layer.norm, kSlope, *layer.conv);
  EXPECT_TRUE(torch::equal(
      y, layer.conv->forward(torch::leaky_relu(layer.norm->forward(layer.x), kSlope))));
  EXPECT_EQ(layer.norm->num_batches_tracked.item<int64_t>(), 0);
}

TEST(NormConv, WorksWhereTheInputNeedsNoGradient) {
  Layer layer({.in = 3, .out = 2}, at::MemoryFormat::ChannelsLast);
  norm_conv(layer.x.detach(), *layer.norm, kSlope, *layer.conv).sum().backward();
  EXPECT_TRUE(layer.conv->weight.grad().abs().sum().item<double>() > 0);
  EXPECT_TRUE(torch::isfinite(layer.norm->weight.grad()).all().item<bool>());
}

}  // namespace
}  // namespace paucal::models
