// Golden values: scipy 1.10, binomtest(k, n).proportion_ci(level, "exact" and "wilson").
#include "quality/intervals.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace paucal::quality {
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
}

}  // namespace
}  // namespace paucal::quality
