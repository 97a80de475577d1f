#include "quality/drift/psi.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

using Row = std::vector<int64_t>;

TEST(Psi, ByHand) {
  const Psi index = psi(Row{50, 50}, Row{60, 40});
  EXPECT_NEAR(index.value, .1 * std::log(1.2) - .1 * std::log(.8), 1e-14);
  EXPECT_NEAR(index.limit, .02 * 6.6348966, 1e-8);
  EXPECT_EQ(psi(Row{7, 0}, Row{9, 0}).value, 0);
  EXPECT_GT(psi(Row{10, 0}, Row{5, 5}).value, 0);
  EXPECT_TRUE(std::isfinite(psi(Row{10, 0}, Row{5, 5}).value));
}

TEST(Psi, TheRightLimitIsNotTheCustomaryOne) {
  EXPECT_NEAR(psi(Row(10, 500), Row(10, 500), .05).limit, .0068, 5e-5);
}

TEST(Psi, WithoutChangeItAlarmsAsOftenAsAsked) {
  int alarms = 0;
  double sum = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(64, 0, static_cast<uint64_t>(run));
    Row e(20, 0), a(20, 0);
    for (int i = 0; i < 1000; ++i) ++e[static_cast<size_t>(random.below(20))];
    for (int i = 0; i < 300; ++i) ++a[static_cast<size_t>(random.below(20))];
    const Psi index = psi(e, a, .05);
    alarms += index.value > index.limit;
    sum += index.value;
  }
  EXPECT_LE(alarms, .09 * kRuns);
  EXPECT_GE(alarms, .03 * kRuns);
  EXPECT_NEAR(sum / kRuns, (1. / 1000 + 1. / 300) * 19, .01);
}

TEST(Psi, RefusesWhatCannotBe) {
  EXPECT_THROW(psi(Row{1}, Row{1, 2}), Error);
  EXPECT_THROW(psi(Row{-1, 2}, Row{1, 2}), Error);
  EXPECT_THROW(psi(Row{0, 0}, Row{1, 2}), Error);
  EXPECT_THROW(psi(Row{1, 1}, Row{1, 2}, 0), Error);
}

}  // namespace
}  // namespace paucal::quality
