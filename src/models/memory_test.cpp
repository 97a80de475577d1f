#include "models/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/test_support.h"

namespace paucal::models {
namespace {

using ::testing::HasSubstr;

ModelOptions small_memory(bool with_head = false) {
  ModelOptions options;
  options.arch = "resnet10";
  options.width = 8;
  options.channels = 1;
  if (with_head) options.output_stride = 16;
  options.memory = {.vectors = 5, .dims = 6, .strides = {8, 16}, .with_head = with_head};
  return options;
}

std::shared_ptr<Memory> make_memory(const ModelOptions& options, int classes = 1) {
  auto memory = std::static_pointer_cast<Memory>(make_model(options, classes));
  memory->eval();
  return memory;
}

// Keeps the first five places of x, each another owner's.
at::Tensor remember_places(Memory& memory, const at::Tensor& x) {
  const at::Tensor raw = memory.raw_features(x)[0].flatten(1).t();  // [P, C]
  const at::Tensor projection = test::noise(6 * raw.size(1), 3).view({6, raw.size(1)});
  const at::Tensor places = torch::nn::functional::normalize(
      torch::mm(raw, projection.t()), torch::nn::functional::NormalizeFuncOptions().dim(1));
  memory.remember(projection, places.narrow(0, 0, 5), torch::arange(5));
  return places;
}

TEST(Memory, TheMapIsTheDistanceToTheMostSimilarPlace) {
  const torch::NoGradGuard no_grad;
  const auto memory = make_memory(small_memory());
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  const at::Tensor places = remember_places(*memory, x);
  const at::Tensor map = memory->forward(x).map;
  ASSERT_EQ(map.sizes(), (std::vector<int64_t>{1, 1, 8, 8}));
  const at::Tensor expected = 1 - std::get<0>(torch::mm(places, places.narrow(0, 0, 5).t()).max(1));
  EXPECT_LT((map.flatten() - expected).abs().max().item<double>(), 1e-5);
  EXPECT_LT(map.flatten().narrow(0, 0, 5).abs().max().item<double>(), 1e-5) << "seen before";
}

TEST(Memory, ForgetsWhatAnOwnerGave) {
  const torch::NoGradGuard no_grad;
  const auto memory = make_memory(small_memory());
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  remember_places(*memory, x);
  memory->forget(3);
  const at::Tensor map = memory->forward(x).map.flatten();
  EXPECT_GT(map[3].item<double>(), 1e-4);
  EXPECT_LT(map[2].item<double>(), 1e-5);
  memory->forget(-1);
  EXPECT_LT(memory->forward(x).map.flatten()[3].item<double>(), 1e-5);
}

TEST(Memory, OfANormalDistributionTheMapIsTheMahalanobisDistance) {
  const torch::NoGradGuard no_grad;
  ModelOptions options = small_memory();
  const int channels = 16 + 32;
  options.memory.kind = "gaussian";
  options.memory.vectors = 2;
  options.memory.dims = channels;
  const auto memory = make_memory(options);
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  const at::Tensor raw = memory->raw_features(x);
  at::Tensor whitenings = test::noise(3 * channels * (channels + 1), 2);
  whitenings = whitenings.view({3, channels, channels + 1});
  memory->remember(whitenings);
  const auto expected = [&](int64_t which) {
    const at::Tensor w = whitenings[which].narrow(1, 0, channels);
    const at::Tensor places = raw[0].flatten(1);
    const at::Tensor y = torch::mm(w, places) + whitenings[which].select(1, channels).unsqueeze(1);
    return (y * y).mean(0).sqrt();
  };
  const auto error = [&](int64_t which) {
    return (memory->forward(x).map.flatten() - expected(which)).abs().max().item<double>();
  };
  EXPECT_LT(error(0), 1e-3);
  memory->forget(5);  // of fold 1
  EXPECT_LT(error(2), 1e-3);
  memory->forget(-1);
  EXPECT_LT(error(0), 1e-3);
}

TEST(Memory, APlaceIsTheMeanOfItsNeighbourhood) {
  const torch::NoGradGuard no_grad;
  ModelOptions options = small_memory();
  options.memory.strides = {8};
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  const at::Tensor alone = make_memory(options)->raw_features(x);
  options.memory.neighbourhood = 3;
  const at::Tensor joined = make_memory(options)->raw_features(x);
  ASSERT_EQ(joined.sizes(), alone.sizes());
  const auto mean = [&](int64_t from, int64_t count) {
    return alone[0].narrow(1, from, count).narrow(2, from, count).mean({1, 2});
  };
  EXPECT_LT((joined[0].select(1, 4).select(1, 4) - mean(3, 3)).abs().max().item<double>(), 1e-5);
  EXPECT_LT((joined[0].select(1, 0).select(1, 0) - mean(0, 2)).abs().max().item<double>(), 1e-5);
}

TEST(Memory, EveryChannelSaysTheSame) {
  const torch::NoGradGuard no_grad;
  const auto memory = make_memory(small_memory(), 3);
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  remember_places(*memory, x);
  const at::Tensor map = memory->forward(x).map;
  ASSERT_EQ(map.size(1), 3);
  EXPECT_TRUE(map.narrow(1, 0, 1).equal(map.narrow(1, 2, 1)));
}

TEST(Memory, WithAHeadBothKindsOfEvidenceCount) {
  const torch::NoGradGuard no_grad;
  const auto memory = make_memory(small_memory(true), 2);
  const at::Tensor x = test::noise(64 * 64, 1).view({1, 1, 64, 64});
  remember_places(*memory, x);
  const Memory::Evidence seen = memory->evidence(memory->features(x));
  EXPECT_EQ(seen.logits.size(1), 2);
  memory->set_mix(2, -3, .5);
  const at::Tensor expected = 2 * seen.logits - 3 * seen.distance + .5;
  EXPECT_LT((memory->forward(x).map - expected).abs().max().item<double>(), 1e-5);
}

TEST(Memory, AStrideThatTheNetworkHasNotIsRefused) {
  ModelOptions options = small_memory();
  options.memory.strides = {8, 64};
  EXPECT_THAT(test::error_of([&] { make_model(options, 1); }),
              HasSubstr("memory of strides 8, 64, expected some of its stages' (4, 8, 16, 32)"));
}

}  // namespace
}  // namespace paucal::models
