#include "weak/one_class/gaussian.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

// Places whose channels are mixed and lie off zero.
at::Tensor mixed_places(int64_t count, uint64_t seed) {
  torch::manual_seed(seed);
  const at::Tensor mixing = torch::tensor({{2.F, 0.F, 0.F}, {.5F, 1.F, 0.F}, {0.F, -.5F, 3.F}});
  return torch::mm(torch::randn({count, 3}), mixing) + torch::tensor({5.F, -1.F, 2.F});
}

at::Tensor whitened(const Whitening& whitening, const at::Tensor& places) {
  return torch::mm(places, whitening.weight.t()) + whitening.bias;
}

TEST(PlaceGaussian, WhitensWhatItIsMadeOf) {
  PlaceGaussian gaussian(3, 4);
  std::vector<at::Tensor> all;
  for (int64_t owner = 0; owner < 8; ++owner) {
    all.push_back(mixed_places(500, static_cast<uint64_t>(owner)));
    gaussian.add(all.back(), owner);
  }
  const at::Tensor y = whitened(gaussian.whitening(), torch::cat(all));
  EXPECT_LT(y.mean(0).abs().max().item<double>(), 1e-3);
  EXPECT_LT((torch::mm(y.t(), y) / y.size(0) - torch::eye(3)).abs().max().item<double>(), .05);
}

TEST(PlaceGaussian, AFoldIsLeftOut) {
  PlaceGaussian all(3, 2), others(3, 2);
  for (int64_t owner = 0; owner < 6; ++owner) {
    const at::Tensor places = mixed_places(100, static_cast<uint64_t>(owner));
    all.add(places, owner);
    if (owner % 2 == 1) others.add(places, owner);
  }
  EXPECT_LT((all.whitening(0).weight - others.whitening().weight).abs().max().item<double>(), 1e-4);
}

TEST(PlaceGaussian, OneImageAloneIsNotLeftOut) {
  PlaceGaussian gaussian(3, 2);
  gaussian.add(mixed_places(100, 1), 0);
  EXPECT_TRUE(gaussian.whitening(0).weight.equal(gaussian.whitening().weight));
}

TEST(PlaceGaussian, ChannelsThatAreAlwaysTheSameAreNoTrouble) {
  PlaceGaussian gaussian(3, 2);
  gaussian.add(torch::ones({50, 3}), 0);
  EXPECT_TRUE(gaussian.whitening().weight.isfinite().all().item<bool>());
}

TEST(PlaceGaussian, NothingIsRefused) {
  EXPECT_THROW(PlaceGaussian(3, 2).whitening(), Error);
}

}  // namespace
}  // namespace paucal::weak
