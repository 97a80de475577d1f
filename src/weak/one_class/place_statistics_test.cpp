#include "weak/one_class/place_statistics.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"

namespace paucal::weak {
namespace {

at::Tensor places(int64_t count, uint64_t seed) {
  torch::manual_seed(seed);
  at::Tensor x = torch::randn({count, 6});
  x.narrow(1, 0, 1).mul_(9);    // of stage 1
  x.narrow(1, 4, 2).mul_(100);  // of stage 2
  return x;
}

TEST(PlaceStatistics, StagesSpeakEquallyLoud) {
  PlaceStatistics seen({4, 2}, 1000, 1, 0);
  seen.add(places(500, 1), 0);
  const at::Tensor all = seen.projection(6);  // an orthogonal turn of scaled channels
  const at::Tensor y = torch::mm(seen.sampled(), all.t()).square().sum(1).mean();
  EXPECT_NEAR(y.item<double>(), 2, .01);  // 1 of each stage
}

TEST(PlaceStatistics, MainAxesComeFirst) {
  PlaceStatistics seen({4, 2}, 1000, 1, 0);
  seen.add(places(500, 1), 0);
  const at::Tensor spread = torch::mm(seen.sampled(), seen.projection(4).t()).square().mean(0);
  for (int64_t i = 1; i < 4; ++i)
    EXPECT_LE(spread[i].item<double>(), spread[i - 1].item<double>() * 1.0001);
}

TEST(PlaceStatistics, KeepsAShareOfEachViewAndWhoseItWas) {
  PlaceStatistics seen({4, 2}, 20, 2, 0);
  seen.add(places(50, 1), 7);
  seen.add(places(5, 2), 9);
  EXPECT_EQ(seen.count(), 55);
  EXPECT_EQ(seen.sampled().size(0), 15);
  EXPECT_EQ(seen.owners().eq(7).sum().item<int64_t>(), 10);
  EXPECT_EQ(seen.owners().eq(9).sum().item<int64_t>(), 5);
}

TEST(PlaceStatistics, OneSeedOneSample) {
  PlaceStatistics a({4, 2}, 20, 1, 3), b({4, 2}, 20, 1, 3), c({4, 2}, 20, 1, 4);
  for (PlaceStatistics* each : {&a, &b, &c}) each->add(places(50, 1), 0);
  EXPECT_TRUE(a.sampled().equal(b.sampled()));
  EXPECT_FALSE(a.sampled().equal(c.sampled()));
}

TEST(PlaceStatistics, NothingSeenIsAnError) {
  EXPECT_THROW(PlaceStatistics({2}, 10, 1, 0).projection(2), Error);
}

}  // namespace
}  // namespace paucal::weak
