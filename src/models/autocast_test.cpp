#include "models/autocast.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/detector.h"
#include "models/image_model.h"

namespace paucal::models {
namespace {

TEST(Autocast, CastsWhereNetworksAreToComputeInBf16) {
  const at::Tensor a = torch::ones({2, 2});
  const auto product = [&] {
    const Autocast autocast(c10::kCPU);
    return torch::matmul(a, a).scalar_type();
  };
  EXPECT_EQ(product(), torch::kFloat);
  {
    const InBf16 in_bf16(true);
    EXPECT_EQ(product(), torch::kBFloat16);
    EXPECT_EQ(torch::matmul(a, a).scalar_type(), torch::kFloat) << "outside of networks";
    const InBf16 not_here(false);
    EXPECT_EQ(product(), torch::kFloat);
  }
  EXPECT_FALSE(networks_in_bf16());
  EXPECT_EQ(product(), torch::kFloat);
}

TEST(Autocast, OneWithinAnotherEndsNothing) {
  const at::Tensor a = torch::ones({2, 2});
  const InBf16 in_bf16(true);
  const Autocast outer(c10::kCPU);
  { const Autocast inner(c10::kCPU); }
  EXPECT_EQ(torch::matmul(a, a).scalar_type(), torch::kBFloat16);
}

// Pseudo-labels come from a pass without gradient; the pass after it must still teach the weights.
TEST(Autocast, APassWithoutGradientLeavesTheNextOneItsGradient) {
  torch::nn::Linear layer(3, 2);
  const at::Tensor x = torch::ones({4, 3});
  const InBf16 in_bf16(true);
  const Autocast autocast(c10::kCPU);
  {
    const torch::NoGradGuard no_grad;
    layer->forward(x);
  }
  layer->forward(x).sum().backward();
  ASSERT_TRUE(layer->weight.grad().defined());
  EXPECT_GT(layer->weight.grad().abs().sum().item<float>(), 0);
}

TEST(Autocast, LayerNormOfABf16MapIsComputedInFloat) {
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({8}));
  torch::nn::Linear layer(8, 8);
  const at::Tensor x = torch::randn({4, 8});
  const InBf16 in_bf16(true);
  const Autocast autocast(c10::kCPU);
  const at::Tensor map = layer->forward(x);
  ASSERT_EQ(map.scalar_type(), torch::kBFloat16);
  const at::Tensor said = norm->forward(map);
  EXPECT_EQ(said.scalar_type(), torch::kFloat);
  EXPECT_TRUE(torch::equal(said, torch::layer_norm(map.to(torch::kFloat), {8})));
  said.square().sum().backward();
  EXPECT_TRUE(norm->weight.grad().defined());
  EXPECT_TRUE(layer->weight.grad().defined());
}

// Loss and gradients of a step. `training`: norms take their statistics from the batch.
struct Step {
  Output output;
  std::vector<at::Tensor> gradients, buffers;
};
Step step_of(const ModelOptions& options, bool bf16, bool training) {
  const auto model = make_model(options, 3);
  model->train(training);
  torch::manual_seed(5);
  const at::Tensor x = torch::randn({4, 1, 32, 32});
  Step step;
  {
    const InBf16 in_bf16(bf16);
    step.output = model->forward(x);
  }
  step.output.logits().square().sum().backward();
  for (const at::Tensor& parameter : model->parameters()) {
    EXPECT_EQ(parameter.scalar_type(), torch::kFloat);
    if (parameter.grad().defined()) step.gradients.push_back(parameter.grad());
  }
  for (const auto& buffer : model->named_buffers())
    if (buffer.key().find("running") != std::string::npos) step.buffers.push_back(*buffer);
  return step;
}

double cosine(const at::Tensor& a, const at::Tensor& b) {
  return torch::cosine_similarity(a.flatten(), b.flatten(), 0).item<double>();
}

class Bf16Networks : public testing::TestWithParam<const char*> {};

TEST_P(Bf16Networks, AnswerInFloatAndTeachAsInFloat) {
  ModelOptions options{.arch = GetParam(), .channels = 1, .width = 8, .seed = 2};
  // Norms of a few values blow rounding up: over maps of one cell, weights that are off by 2^-8
  // turn the gradients of resnet18 in float, too, to a cosine of .79.
  if (options.arch.starts_with("resnet")) options.output_stride = 8;
  for (const bool training : {true, false}) {
    const Step plain = step_of(options, false, training), cast = step_of(options, true, training);
    EXPECT_EQ(cast.output.map.scalar_type(), torch::kFloat);
    EXPECT_EQ(cast.output.features.scalar_type(), torch::kFloat);
    EXPECT_FALSE(torch::equal(cast.output.map, plain.output.map)) << "computed in bfloat16";
    EXPECT_GT(cosine(cast.output.map, plain.output.map), .99);
    ASSERT_EQ(cast.gradients.size(), plain.gradients.size());
    std::vector<at::Tensor> of_cast, of_plain;
    for (size_t i = 0; i < cast.gradients.size(); ++i) {
      EXPECT_EQ(cast.gradients[i].scalar_type(), torch::kFloat);
      of_cast.push_back(cast.gradients[i].flatten());
      of_plain.push_back(plain.gradients[i].flatten());
    }
    EXPECT_GT(cosine(torch::cat(of_cast), torch::cat(of_plain)), training ? .9 : .99);
    for (size_t i = 0; i < cast.buffers.size(); ++i) {
      EXPECT_EQ(cast.buffers[i].scalar_type(), torch::kFloat);
      EXPECT_TRUE(torch::allclose(cast.buffers[i], plain.buffers[i], .05, .05));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Autocast, Bf16Networks,
                         testing::Values("resnet10", "resnet18", "pyramid10", "wrn-16-2"));

TEST(Autocast, BoxHeadsAnswerInFloat) {
  for (const char* type : {"retinanet_mil", "mil"}) {
    ModelOptions options{.arch = "resnet10", .channels = 1, .width = 8};
    options.detector.bbox_head.type = type;
    const auto model = make_model(options, 2);
    BoxHead& head = *model->box_head();
    const InBf16 in_bf16(true);
    const BoxHead::Seen seen = head.see(torch::randn({1, 1, 64, 64}));
    EXPECT_EQ(seen.map.scalar_type(), torch::kFloat);
    EXPECT_EQ(seen.levels[0].scalar_type(), torch::kFloat);
    if (options.detector.bbox_head.dense()) {
      const DenseOutput said = head.dense(seen.levels);
      EXPECT_EQ(said.logits[0].scalar_type(), torch::kFloat);
      EXPECT_EQ(said.deltas[0].scalar_type(), torch::kFloat);
    } else {
      const RegionOutput said = head.regions(seen.levels, head.propose(seen.map));
      EXPECT_EQ(said.classes.scalar_type(), torch::kFloat);
      EXPECT_EQ(said.deltas.scalar_type(), torch::kFloat);
    }
  }
}

}  // namespace
}  // namespace paucal::models
