#include "weak/one_class/fit_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "models/memory.h"

namespace paucal::weak {
namespace {

constexpr int kCanvas = 64;

// Stripes of a period of their own for each image: upright ones, from number 10 on lying ones.
edge::View striped(int64_t number) {
  edge::View view;
  view.canvas = {1, kCanvas, kCanvas, std::vector<float>(kCanvas * kCanvas)};
  for (int i = 0; i < kCanvas * kCanvas; ++i)
    view.canvas.values[static_cast<size_t>(i)] =
        std::sin(static_cast<float>(number < 10 ? i % kCanvas : i / kCanvas) /
                 (2.F + static_cast<float>(number % 10)));
  view.valid_width = view.valid_height = kCanvas;
  return view;
}

OkViews stripes(int64_t count) {
  return {.count = count,
          .canvases = [](int64_t number) { return std::vector{striped(number)}; },
          .owner = [](int64_t number) { return number; },
          .advance = {}};
}

std::shared_ptr<models::ImageModel> small_network() {
  models::ModelOptions options;
  options.arch = "resnet10";
  options.width = 8;
  options.channels = 1;
  auto network = models::make_model(options, 1);
  network->eval();
  return network;
}

OneClassOptions small_options() {
  OneClassOptions options;
  options.strides = {4, 8};
  options.vectors = 40;
  options.dims = 16;
  return options;
}

at::Tensor map_of(models::Memory& memory, int64_t number) {
  const torch::NoGradGuard no_grad;
  edge::View view = striped(number);
  const at::Tensor x =
      torch::from_blob(view.canvas.values.data(), {1, 1, kCanvas, kCanvas}).clone();
  return memory.forward(x).map;
}

double farthest(models::Memory& memory, int64_t number) {
  return map_of(memory, number).max().item<double>();
}

double distance(models::Memory& memory, int64_t number) {
  return map_of(memory, number).mean().item<double>();
}

TEST(FitMemory, WhatItHasSeenIsNearAndTheRestFar) {
  const auto network = small_network();
  const auto memory = fit_memory(*network, stripes(4), small_options(), {});
  EXPECT_FALSE(memory->is_training());
  EXPECT_LE(memory->options().memory.vectors, 40);
  EXPECT_LT(1.5 * farthest(*memory, 2), farthest(*memory, 12));
}

TEST(FitMemory, ForgettingAnImageMakesItFar) {
  const auto network = small_network();
  const auto memory = fit_memory(*network, stripes(4), small_options(), {});
  const double near = farthest(*memory, 0);
  memory->forget(0);
  EXPECT_GT(farthest(*memory, 0), 2 * near);
}

TEST(FitMemory, LeavesTheNetworkAsItIs) {
  const auto network = small_network();
  std::vector<at::Tensor> before;
  for (const at::Tensor& parameter : network->parameters()) before.push_back(parameter.clone());
  fit_memory(*network, stripes(2), small_options(), {});
  for (size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].equal(network->parameters()[i]));
}

TEST(FitMemory, OneSeedOneMemory) {
  const auto network = small_network();
  const auto a = fit_memory(*network, stripes(3), small_options(), {.seed = 5});
  const auto b = fit_memory(*network, stripes(3), small_options(), {.seed = 5});
  for (size_t i = 0; i < a->parameters().size(); ++i)
    EXPECT_TRUE(a->parameters()[i].equal(b->parameters()[i]));
}

TEST(FitMemory, OfANormalDistributionWhatItHasSeenIsNearAndTheRestFar) {
  const auto network = small_network();
  const auto memory = fit_memory(*network, stripes(4), small_options(), {.gaussian = true});
  EXPECT_EQ(memory->options().memory.dims, 8 + 16);
  const double near = distance(*memory, 2);
  EXPECT_LT(near, 1.2) << "1 is usual";
  EXPECT_LT(1.2 * near, distance(*memory, 12));
  memory->forget(2);
  EXPECT_GT(distance(*memory, 2), near);
}

TEST(FitMemory, NothingToRememberIsAnError) {
  EXPECT_THROW(fit_memory(*small_network(), stripes(0), small_options(), {}), Error);
}

}  // namespace
}  // namespace paucal::weak
