#include "quality/drift/ks.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(Ks, ByHand) {
  const std::vector<double> a = {1, 2, 3, 4}, b = {3, 4, 5, 6};
  const KsTest test = ks_test(a, b);
  EXPECT_DOUBLE_EQ(test.statistic, .5);
  EXPECT_DOUBLE_EQ(test.tied, .5);
  EXPECT_DOUBLE_EQ(ks_test(a, a).statistic, 0);
  EXPECT_EQ(ks_test(a, a).p_value, 1);
}

TEST(Ks, KolmogorovsTable) {
  // λ = 1.358 is the 5 % point: D of 4,000 against 4,000.
  EXPECT_NEAR(ks_limit(100, 100, .05) * std::sqrt(50), 1.3581, 1e-4);
  EXPECT_NEAR(ks_limit(100, 100, .01) * std::sqrt(50), 1.6276, 1e-4);
}

TEST(Ks, SameDistributionSeldomAlarms) {
  int alarms = 0, by_limit = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(61, 0, static_cast<uint64_t>(run));
    std::vector<double> a(300), b(80);
    for (double& v : a) v = random.normal();
    for (double& v : b) v = random.normal();
    const KsTest test = ks_test(a, b);
    alarms += test.p_value < .05;
    by_limit += test.statistic > ks_limit(300, 80, .05);
  }
  EXPECT_LE(alarms, .06 * kRuns);
  EXPECT_GE(alarms, .025 * kRuns);
  EXPECT_EQ(alarms, by_limit) << "two ways to say the same";
}

TEST(Ks, FindsAShift) {
  Random random(62);
  std::vector<double> a(500), b(500);
  for (double& v : a) v = random.normal();
  for (double& v : b) v = random.normal() + .5;
  EXPECT_LT(ks_test(a, b).p_value, 1e-6);
  EXPECT_THROW(ks_test(a, {}), Error);
  EXPECT_THROW(ks_test(a, std::vector<double>{NAN}), Error);
  EXPECT_THROW(ks_limit(0, 3, .05), Error);
}

}  // namespace
}  // namespace paucal::quality
