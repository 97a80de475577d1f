#include "train/autocast.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace paucal::train {
namespace {

TEST(Autocast, CastsWhileItLives) {
  const at::Tensor a = torch::ones({2, 2});
  {
    const Autocast autocast(c10::kCPU, true);
    EXPECT_EQ(torch::matmul(a, a).scalar_type(), torch::kBFloat16);
  }
  EXPECT_EQ(torch::matmul(a, a).scalar_type(), torch::kFloat);
  const Autocast off(c10::kCPU, false);
  EXPECT_EQ(torch::matmul(a, a).scalar_type(), torch::kFloat);
}

// Pseudo-labels come from a pass without gradient; the pass after it must still teach the weights.
TEST(Autocast, APassWithoutGradientLeavesTheNextOneItsGradient) {
  torch::nn::Linear layer(3, 2);
  const at::Tensor x = torch::ones({4, 3});
  const Autocast autocast(c10::kCPU, true);
  {
    const torch::NoGradGuard no_grad;
    layer->forward(x);
  }
  layer->forward(x).sum().backward();
  ASSERT_TRUE(layer->weight.grad().defined());
  EXPECT_GT(layer->weight.grad().abs().sum().item<float>(), 0);
}

}  // namespace
}  // namespace paucal::train
