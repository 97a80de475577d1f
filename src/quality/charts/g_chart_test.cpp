#include "quality/charts/g_chart.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(GChart, OneEventByHand) {
  // P(gap > t) = .9^t <= .05: t = 29; P(gap <= t) = 1 - .9^t > .05 already for t = 1.
  const GChart chart({.usual = .1, .events = 1, .false_alarms = .1});
  EXPECT_EQ(chart.upper(), 29);
  EXPECT_EQ(chart.lower(), 0);
  EXPECT_NEAR(chart.false_alarms(), std::pow(.9, 30), 1e-12);
}

TEST(GChart, SignalsBothWays) {
  GChart chart({.usual = .005, .events = 3, .false_alarms = .01});
  ASSERT_GT(chart.lower(), 3);
  EXPECT_EQ(chart.add(true), GSignal::kNone);
  EXPECT_EQ(chart.add(true), GSignal::kNone);
  EXPECT_EQ(chart.add(true), GSignal::kMore);
  for (int64_t i = 0; i < chart.upper(); ++i) ASSERT_EQ(chart.add(false), GSignal::kNone);
  EXPECT_EQ(chart.add(false), GSignal::kFewer);
  EXPECT_EQ(chart.add(false), GSignal::kNone) << "begins anew";
}

TEST(GChart, FalseAlarmsComeAsRarelyAsSaid) {
  const GChartOptions options{.usual = .02, .events = 4, .false_alarms = .02};
  GChart chart(options);
  EXPECT_LE(chart.false_alarms(), .02);
  EXPECT_GE(chart.false_alarms(), .015);
  Random random(74);
  constexpr int kParts = 4'000'000;
  int alarms = 0;
  for (int i = 0; i < kParts; ++i) alarms += chart.add(random.chance(.02)) != GSignal::kNone;
  // A point has 200 parts on average.
  EXPECT_NEAR(alarms / (kParts / 200.) / chart.false_alarms(), 1, .2);
}

TEST(GChart, RefusesWhatCannotBe) {
  EXPECT_THROW(GChart({.usual = 0}), Error);
  EXPECT_THROW(GChart({.events = 0}), Error);
  EXPECT_THROW(GChart({.false_alarms = 1}), Error);
}

}  // namespace
}  // namespace paucal::quality
