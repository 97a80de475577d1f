#include "metrics/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "metrics/metrics.h"

namespace paucal::metrics {
namespace {

struct Set {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  std::vector<int> groups;
};

// One image a part; positives score higher by one standard deviation (AUROC .76).
Set make_set(int count, uint64_t seed) {
  Set set;
  Random random(seed);
  for (int i = 0; i < count; ++i) {
    set.positive.push_back(i % 2);
    set.scores.push_back(random.normal() + i % 2);
    set.groups.push_back(i);
  }
  return set;
}

quality::Interval bootstrap(const Set& set, const BootstrapOptions& options = {.resamples = 400}) {
  return bootstrap_auroc(set.scores, set.positive, set.groups, options);
}

TEST(Bootstrap, IsSeeded) {
  const Set set = make_set(60, 1);
  EXPECT_EQ(bootstrap(set).low, bootstrap(set).low);
  EXPECT_NE(bootstrap(set).low, bootstrap(set, {.resamples = 400, .seed = 1}).low);
}

TEST(Bootstrap, HasTheWidthOfTheory) {
  const Set set = make_set(400, 2);
  const double area = auroc(set.scores, set.positive);
  const quality::Interval interval = bootstrap(set);
  EXPECT_LT(interval.low, area);
  EXPECT_GT(interval.high, area);
  // Hanley and McNeil (1982): standard error at 200 + 200 examples.
  const double q1 = area / (2 - area), q2 = 2 * area * area / (1 + area), n = 200;
  const double error = std::sqrt(
      (area * (1 - area) + (n - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area)) / (n * n));
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * error, 0.2 * 2 * 1.96 * error);
}

TEST(Bootstrap, PhotosOfOnePartAreNotNewEvidence) {
  const Set set = make_set(60, 3);
  Set repeated;
  for (int copy = 0; copy < 5; ++copy) {
    repeated.scores.insert(repeated.scores.end(), set.scores.begin(), set.scores.end());
    repeated.positive.insert(repeated.positive.end(), set.positive.begin(), set.positive.end());
    repeated.groups.insert(repeated.groups.end(), set.groups.begin(), set.groups.end());
  }
  const quality::Interval once = bootstrap(set), grouped = bootstrap(repeated);
  EXPECT_NEAR(grouped.low, once.low, 1e-12);
  EXPECT_NEAR(grouped.high, once.high, 1e-12);
  for (size_t i = 0; i < repeated.groups.size(); ++i) repeated.groups[i] = static_cast<int>(i);
  const quality::Interval naive = bootstrap(repeated);
  EXPECT_LT(naive.high - naive.low, 0.6 * (once.high - once.low));
}

TEST(Bootstrap, EveryResampleHasBothClasses) {
  // One positive group among many: plain resampling would lose it in a third of the draws.
  Set set = make_set(40, 4);
  for (size_t i = 2; i < 40; ++i) set.positive[i] = 0;
  EXPECT_FALSE(std::isnan(bootstrap(set).low));
  set.positive[1] = 0;
  EXPECT_TRUE(std::isnan(bootstrap(set).low));
}

TEST(Bootstrap, RefusesGroupsThatDoNotFit) {
  EXPECT_THROW(bootstrap_auroc(std::vector<double>{1}, std::vector<uint8_t>{1}, {}), Error);
}

}  // namespace
}  // namespace paucal::metrics
