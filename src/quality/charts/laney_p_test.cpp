#include "quality/charts/laney_p.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(LaneyP, ByHand) {
  // p̄ = .1, σ_p = .03; z = -1, 1, 0: ranges 2 and 1.
  const std::vector<BatchCount> batches = {{100, 7}, {100, 13}, {100, 10}};
  const LaneyP chart = laney_p(batches);
  EXPECT_NEAR(chart.mean, .1, 1e-15);
  EXPECT_NEAR(chart.sigma_z, 1.5 / 1.128, 1e-12);
  const Interval limits = chart.limits(400);
  EXPECT_NEAR(limits.high, .1 + 3 * .015 * 1.5 / 1.128, 1e-12);
  EXPECT_NEAR(limits.low, .1 - 3 * .015 * 1.5 / 1.128, 1e-12);
  EXPECT_TRUE(chart.outside({400, 80}));
  EXPECT_FALSE(chart.outside({400, 50}));
  EXPECT_EQ(chart.limits(1).low, 0);
}

// Lots whose own share varies: the p-chart (σ_z = 1) alarms all the time, p′ does not.
TEST(LaneyP, LotsThatDifferAreNoAlarm) {
  Random random(75);
  std::vector<BatchCount> batches;
  for (int i = 0; i < 500; ++i) {
    const double p = .02 + .004 * random.normal();
    BatchCount batch{5000, 0};
    for (int k = 0; k < 5000; ++k) batch.ng += random.chance(p);
    batches.push_back(batch);
  }
  const LaneyP chart = laney_p(std::span(batches).first(200));
  const LaneyP plain{chart.mean, 1};
  int alarms = 0, plain_alarms = 0;
  for (const auto& batch : std::span(batches).subspan(200)) {
    alarms += chart.outside(batch);
    plain_alarms += plain.outside(batch);
  }
  EXPECT_NEAR(chart.sigma_z, std::hypot(1, .004 / std::sqrt(.02 * .98 / 5000)), .25);
  EXPECT_LE(alarms, 5);
  EXPECT_GE(plain_alarms, 25);
}

TEST(LaneyP, RefusesWhatCannotBe) {
  EXPECT_THROW(laney_p(std::vector<BatchCount>{{100, 1}}), Error);
  EXPECT_THROW(laney_p(std::vector<BatchCount>{{100, 0}, {100, 0}}), Error);
  EXPECT_THROW(laney_p(std::vector<BatchCount>{{100, 101}, {100, 0}}), Error);
  EXPECT_THROW((LaneyP{.1, 1}.limits(0)), Error);
}

}  // namespace
}  // namespace paucal::quality
