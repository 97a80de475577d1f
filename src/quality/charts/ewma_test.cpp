#include "quality/charts/ewma.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

// Lucas and Saccucci (1990), tables for 500 values between false alarms.
TEST(Ewma, RunLengthsOfTheTables) {
  for (const auto& [lambda, limit] :
       std::vector<std::pair<double, double>>{{.05, 2.615}, {.1, 2.814}, {.2, 2.962}}) {
    EXPECT_NEAR(ewma_run_length({lambda, limit}), 500, 15) << lambda;
    EXPECT_NEAR(ewma_limit(lambda, 500), limit, .01);
  }
  EXPECT_NEAR(ewma_run_length({.1, 2.814}, 1), 10.3, .2);
  EXPECT_NEAR(ewma_run_length({.1, 2.814}, .5), 31.3, .7);
  EXPECT_NEAR(ewma_run_length({1, 3}), 370.4, 1);  // Shewhart
}

TEST(Ewma, FalseAlarmsComeAsRarelyAsSaid) {
  const EwmaOptions options{.lambda = .1, .limit = ewma_limit(.1, 500)};
  double sum = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(71, 0, static_cast<uint64_t>(run));
    Ewma chart({100, 4}, options);
    int n = 1;
    while (!chart.add(100 + 4 * random.normal())) ++n;
    sum += n;
  }
  EXPECT_NEAR(sum / kRuns / 500, 1, .1);
}

TEST(Ewma, FindsASmallShiftSoon) {
  double sum = 0;
  for (uint64_t run = 0; run < 500; ++run) {
    Random random(72, 0, run);
    Ewma chart({0, 1});
    for (int i = 0; i < 50; ++i) chart.add(.3 * random.normal());  // quiet, so that nothing alarms
    int n = 1;
    while (!chart.add(random.normal() + 1)) ++n;
    sum += n;
  }
  EXPECT_LT(sum / 500, 15);
}

TEST(Ewma, ByHand) {
  Ewma chart({10, 2}, {.lambda = .5, .limit = 3});
  EXPECT_FALSE(chart.add(12));
  EXPECT_DOUBLE_EQ(chart.value(), 11);
  EXPECT_NEAR(chart.half_width(), 3 * 2 * std::sqrt(.5 / 1.5 * .75), 1e-12);
  EXPECT_FALSE(chart.add(NAN));
  EXPECT_DOUBLE_EQ(chart.value(), 11);
  EXPECT_TRUE(chart.add(40));
  chart.restart();
  EXPECT_DOUBLE_EQ(chart.value(), 10);
}

TEST(Ewma, BaselineAndRefusals) {
  const ChartBaseline baseline = chart_baseline(std::vector<double>{1, 3});
  EXPECT_EQ(baseline.mean, 2);
  EXPECT_NEAR(baseline.sigma, std::sqrt(2), 1e-15);
  EXPECT_THROW(chart_baseline(std::vector<double>{1}), Error);
  EXPECT_THROW(chart_baseline(std::vector<double>{1, 1}), Error);
  EXPECT_THROW(chart_baseline(std::vector<double>{1, INFINITY}), Error);
  EXPECT_THROW(Ewma({0, 0}), Error);
  EXPECT_THROW(Ewma({0, 1}, {.lambda = 0}), Error);
  EXPECT_THROW(ewma_limit(.1, 1), Error);
}

}  // namespace
}  // namespace paucal::quality
