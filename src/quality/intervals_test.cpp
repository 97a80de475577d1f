// Golden values: scipy 1.10, binomtest(k, n).proportion_ci(level, "exact" and "wilson").
#include "quality/intervals.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"
#include "quality/special.h"

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

// 4 of 10 drawn, none of them NG: P(0 | 4 NG in the set) = C(6,4)/C(10,4) = .0714 and of 5
// C(5,4)/C(10,4) = .0238, below 2.5 %.
TEST(Intervals, FinitePopulationByHand) {
  const Interval none = finite_population(0, 4, 10);
  EXPECT_EQ(none.low, 0);
  EXPECT_EQ(none.high, .4);
  const Interval all_right = finite_population(4, 4, 10);
  EXPECT_EQ(all_right.low, .6);
  EXPECT_EQ(all_right.high, 1);
  const Interval everything = finite_population(3, 10, 10);
  EXPECT_EQ(everything.low, .3);
  EXPECT_EQ(everything.high, .3);
  const Interval nothing = finite_population(0, 0, 7);
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 1);
}

TEST(Intervals, ALargePopulationIsAsGoodAsEndless) {
  const Interval finite = finite_population(7, 400, 10'000'000, .9);
  const Interval endless = clopper_pearson(7, 400, .9);
  EXPECT_NEAR(finite.low, endless.low, 2e-6);
  EXPECT_NEAR(finite.high, endless.high, 2e-6);
}

TEST(Intervals, FinitePopulationCoversEveryTruth) {
  constexpr int64_t kAll = 30, kDrawn = 11;
  for (int64_t truth = 0; truth <= kAll; ++truth) {
    double covered = 0;
    for (int64_t k = 0; k <= kDrawn; ++k) {
      const Interval i = finite_population(k, kDrawn, kAll, .9);
      if (i.low * kAll <= truth + 1e-9 && truth <= i.high * kAll + 1e-9)
        covered += hypergeometric_cdf(k, kDrawn, truth, kAll) -
                   hypergeometric_cdf(k - 1, kDrawn, truth, kAll);
    }
    EXPECT_GE(covered, .9) << truth;
  }
}

TEST(Intervals, HowManyLooksForWhichPromise) {
  const std::vector<int> wrong = {0, 1, 2, 3, 5};
  const std::vector<std::pair<double, std::vector<int>>> rows = {{.90, {29, 46, 61, 76, 103}},
                                                                 {.95, {59, 93, 124, 153, 208}},
                                                                 {.98, {149, 236, 313, 386, 523}},
                                                                 {.99, {299, 473, 628, 773, 1049}}};
  for (const auto& [share, looks] : rows)
    for (size_t i = 0; i < wrong.size(); ++i) {
      const int64_t n = looks_for(share, wrong[i]);
      EXPECT_EQ(n, looks[i]) << share << " " << wrong[i];
      EXPECT_GE(clopper_pearson(n - wrong[i], n, .9).low, share - 1e-9);
      EXPECT_LT(clopper_pearson(n - 1 - wrong[i], n - 1, .9).low, share);
    }
}

TEST(Intervals, RefusesWhatMakesNoSense) {
  EXPECT_THROW(wilson(2, 1), Error);
  EXPECT_THROW(wilson(-1, 1), Error);
  EXPECT_THROW(clopper_pearson(2, 1), Error);
  EXPECT_THROW(clopper_pearson(1, 2, 1), Error);
  EXPECT_THROW(finite_population(1, 3, 2), Error);
  EXPECT_THROW(finite_population(0, 0, 0), Error);
  EXPECT_THROW(finite_population(0, 0, int64_t{1} << 62), Error);
  EXPECT_THROW(looks_for(1, 0), Error);
  EXPECT_THROW(looks_for(.9, -1), Error);
}

}  // namespace
}  // namespace paucal::quality
