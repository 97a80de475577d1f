#include <ATen/ops/cosine_similarity.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "edge/graph/op.h"
#include "graph/passes.h"
#include "graph/quantise.h"
#include "models/image_model.h"
#include "trace/trace.h"
#include "trace/verify.h"

namespace paucal::trace {
namespace {

// Branches that are one convolution leave a chain without skips: twenty blocks of random weights
// make much of a difference of one step (repvgg_a0 at s16: .86), those to s8 do not.
struct Int8Case {
  const char* arch;
  const char* padding = "symmetric";
  const char* cut = "s16";
};

class Int8Network : public ::testing::TestWithParam<Int8Case> {};

// Statistics of the norms as after training: of what they see.
std::shared_ptr<models::ImageModel> settled_model(const Int8Case& wanted, const at::Tensor& x) {
  const torch::NoGradGuard no_grad;
  models::ModelOptions options;
  options.arch = wanted.arch;
  options.padding = wanted.padding;
  options.cut = wanted.cut;
  options.width = 16;
  options.bn_momentum = .5;
  auto model = models::make_model(options, 4);
  for (int i = 0; i < 8; ++i) model->forward(x);
  model->eval();
  return model;
}

TEST_P(Int8Network, StaysClose) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(4);
  const at::Tensor x = torch::randn({4, 3, 64, 64});
  const auto model = settled_model(GetParam(), x);
  edge::Graph graph = trace(
      *model, [&](const at::Tensor& y) { return model->forward(y).map; },
      torch::rand({1, 3, 64, 64}));
  graph::run_passes(graph, {.skip = {"fuse_depthwise"}, .probes = {}});
  at::Tensor rows = x.permute({0, 2, 3, 1}).contiguous();
  const std::vector<edge::Tensor> sample = {
      {edge::Type::kF32, edge::Layout::kChannelsLast, {4, 3, 64, 64}, rows.data_ptr<float>()}};
  const auto ranges = graph::observe(graph, std::span(&sample, 1));
  ASSERT_TRUE(ranges.ok()) << ranges.failure().message;
  auto int8 = graph::quantise(graph, *ranges);
  ASSERT_TRUE(int8.ok()) << int8.failure().message;
  const auto in_floats = std::ranges::count_if(
      int8->nodes, [](const edge::Node& node) { return node.op->name == "conv2d"; });
  EXPECT_LE(in_floats, 1) << "the last one alone";
  const at::Tensor expected = model->forward(x).map;
  const at::Tensor got = Runner(std::move(*int8)).run(x)[0];
  const auto likeness =
      at::cosine_similarity(got.flatten(), expected.flatten(), /*dim=*/0).item<double>();
  EXPECT_GT(likeness, .97) << GetParam().arch;
}

INSTANTIATE_TEST_SUITE_P(
    Zoo, Int8Network,
    ::testing::Values(Int8Case{"efficientnet_lite0"}, Int8Case{"efficientnet_lite0", "same"},
                      Int8Case{"mobilenet_v2"}, Int8Case{"repvgg_a0", "symmetric", "s8"},
                      Int8Case{"mobileone_s0", "symmetric", "s8"}),
    [](const auto& test) { return std::string(test.param.arch) + "_" + test.param.padding; });

}  // namespace
}  // namespace paucal::trace
