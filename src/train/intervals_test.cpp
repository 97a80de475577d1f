// Golden values: scipy 1.10, binomtest(k, n).proportion_ci(level, "exact" and "wilson").
#include "train/intervals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "train/metrics.h"

namespace paucal::train {
namespace {

TEST(Intervals, SharesMatchScipy) {
  struct Golden {
    int64_t successes, trials;
    double level;
    Interval exact, wilson;
  };
  const std::vector<Golden> goldens = {
      {0, 10, 0.95, {0, 0.308497107818763}, {0, 0.277532799862889}},
      {3,
       10,
       0.95,
       {0.0667395111777345, 0.652452850060008},
       {0.107791267406301, 0.603221852538855}},
      {10, 10, 0.95, {0.691502892181237, 1}, {0.722467200137111, 1}},
      {2, 3, 0.95, {0.094299324050713, 0.991596241340387}, {0.207659600802048, 0.938508055279604}},
      {7,
       400,
       0.9,
       {0.0082413548186879, 0.0326179764513306},
       {0.00951564047205872, 0.0319676311780116}},
      {50,
       100'000,
       0.99,
       {0.000336663634902179, 0.000712585103404685},
       {0.00034806102756723, 0.000718217191985636}}};
  for (const Golden& golden : goldens) {
    SCOPED_TRACE(golden.successes);
    const Interval exact = clopper_pearson(golden.successes, golden.trials, golden.level);
    EXPECT_NEAR(exact.low, golden.exact.low, 1e-11);
    EXPECT_NEAR(exact.high, golden.exact.high, 1e-11);
    const Interval score = wilson(golden.successes, golden.trials, golden.level);
    EXPECT_NEAR(score.low, golden.wilson.low, 1e-13);
    EXPECT_NEAR(score.high, golden.wilson.high, 1e-13);
  }
}

TEST(Intervals, NoTrialsTellNothing) {
  for (const Interval interval : {wilson(0, 0), clopper_pearson(0, 0)}) {
    EXPECT_EQ(interval.low, 0);
    EXPECT_EQ(interval.high, 1);
  }
}

TEST(Intervals, RefusesWhatMakesNoSense) {
  EXPECT_THROW(wilson(2, 1), Error);
  EXPECT_THROW(wilson(-1, 1), Error);
  EXPECT_THROW(clopper_pearson(2, 1), Error);
  EXPECT_THROW(clopper_pearson(1, 2, 1), Error);
  EXPECT_THROW(bootstrap_auroc(std::vector<double>{1}, std::vector<uint8_t>{1}, {}), Error);
}

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

Interval bootstrap(const Set& set, const BootstrapOptions& options = {.resamples = 400}) {
  return bootstrap_auroc(set.scores, set.positive, set.groups, options);
}

TEST(Intervals, BootstrapIsSeeded) {
  const Set set = make_set(60, 1);
  EXPECT_EQ(bootstrap(set).low, bootstrap(set).low);
  EXPECT_NE(bootstrap(set).low, bootstrap(set, {.resamples = 400, .seed = 1}).low);
}

TEST(Intervals, BootstrapHasTheWidthOfTheory) {
  const Set set = make_set(400, 2);
  const double area = auroc(set.scores, set.positive);
  const Interval interval = bootstrap(set);
  EXPECT_LT(interval.low, area);
  EXPECT_GT(interval.high, area);
  // Hanley and McNeil (1982): standard error at 200 + 200 examples.
  const double q1 = area / (2 - area), q2 = 2 * area * area / (1 + area), n = 200;
  const double error = std::sqrt(
      (area * (1 - area) + (n - 1) * (q1 - area * area) + (n - 1) * (q2 - area * area)) / (n * n));
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * error, 0.2 * 2 * 1.96 * error);
}

TEST(Intervals, PhotosOfOnePartAreNotNewEvidence) {
  const Set set = make_set(60, 3);
  Set repeated;
  for (int copy = 0; copy < 5; ++copy) {
    repeated.scores.insert(repeated.scores.end(), set.scores.begin(), set.scores.end());
    repeated.positive.insert(repeated.positive.end(), set.positive.begin(), set.positive.end());
    repeated.groups.insert(repeated.groups.end(), set.groups.begin(), set.groups.end());
  }
  const Interval once = bootstrap(set), grouped = bootstrap(repeated);
  EXPECT_NEAR(grouped.low, once.low, 1e-12);
  EXPECT_NEAR(grouped.high, once.high, 1e-12);
  for (size_t i = 0; i < repeated.groups.size(); ++i) repeated.groups[i] = static_cast<int>(i);
  const Interval naive = bootstrap(repeated);
  EXPECT_LT(naive.high - naive.low, 0.6 * (once.high - once.low));
}

TEST(Intervals, EveryResampleHasBothClasses) {
  // One positive group among many: plain resampling would lose it in a third of the draws.
  Set set = make_set(40, 4);
  for (size_t i = 2; i < 40; ++i) set.positive[i] = 0;
  EXPECT_FALSE(std::isnan(bootstrap(set).low));
  set.positive[1] = 0;
  EXPECT_TRUE(std::isnan(bootstrap(set).low));
}

}  // namespace
}  // namespace paucal::train
