#include "quality/agreement/mcnemar.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(McNemar, ByHand) {
  // 1 against 9: 2 (1 + 10)/1024.
  const McNemar test = mcnemar({100, 9, 1});
  EXPECT_NEAR(test.p_value, 22. / 1024, 1e-12);
  EXPECT_NEAR(test.difference, -.08, 1e-12);
  EXPECT_LT(test.bounds.low, -.08);
  EXPECT_GT(test.bounds.high, -.08);
  EXPECT_EQ(mcnemar({50, 0, 0}).p_value, 1);
  EXPECT_EQ(mcnemar({50, 4, 4}).p_value, 1);
}

TEST(McNemar, WithoutDifferencesTheBoundsAreThoseOfTheShare) {
  const McNemar test = mcnemar({200, 0, 0});
  EXPECT_NEAR(test.bounds.high, clopper_pearson(0, 200, .975).high, 1e-12);
  EXPECT_NEAR(test.bounds.low, -test.bounds.high, 1e-12);
}

TEST(McNemar, KeepsItsLevel) {
  constexpr int kRuns = 1000;
  int covered = 0, alarms = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(82, 0, static_cast<uint64_t>(run));
    PairedVerdicts unequal{300, 0, 0}, equal{300, 0, 0};
    for (int i = 0; i < 300; ++i) {
      const double u = random.uniform(), v = random.uniform();
      unequal.only_first_wrong += u < .06;
      unequal.only_second_wrong += u > .98;
      equal.only_first_wrong += v < .04;
      equal.only_second_wrong += v > .96;
    }
    const McNemar test = mcnemar(unequal);
    covered += test.bounds.low <= -.04 && -.04 <= test.bounds.high;
    alarms += mcnemar(equal).p_value < .05;
  }
  EXPECT_GE(covered, .95 * kRuns);
  EXPECT_LE(alarms, .055 * kRuns);
}

TEST(McNemar, RefusesWhatCannotBe) {
  EXPECT_THROW(mcnemar({0, 0, 0}), Error);
  EXPECT_THROW(mcnemar({10, 6, 5}), Error);
  EXPECT_THROW(mcnemar({10, -1, 5}), Error);
  EXPECT_THROW(mcnemar({10, 1, 5}, 1), Error);
}

}  // namespace
}  // namespace paucal::quality
