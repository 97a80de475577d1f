#include "quality/charts/bernoulli_cusum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

double played(const BernoulliCusumOptions& options, double p, int runs) {
  double sum = 0;
  for (int run = 0; run < runs; ++run) {
    Random random(73, static_cast<uint64_t>(p * 1e6), static_cast<uint64_t>(run));
    BernoulliCusum chart(options);
    double n = 1;
    while (!chart.add(random.chance(p))) ++n;
    sum += n;
  }
  return sum / runs;
}

// The same chain, solved step by step until nothing changes.
double iterated(double p, int m, int end, bool rise) {
  std::vector<double> length(static_cast<size_t>(end), 0), next = length;
  for (int round = 0; round < 200'000; ++round) {
    for (int s = 0; s < end; ++s) {
      const int up = s + (rise ? m - 1 : 1), down = std::max(0, s - (rise ? 1 : m - 1));
      const double above = up < end ? length[static_cast<size_t>(up)] : 0;
      next[static_cast<size_t>(s)] =
          1 + (rise ? p : 1 - p) * above + (rise ? 1 - p : p) * length[static_cast<size_t>(down)];
    }
    std::swap(length, next);
  }
  return length[0];
}

TEST(BernoulliCusum, RunLengthIsThatOfTheChain) {
  // 10 % and 20 %: γ = .1453, m = 7.
  for (const double limit : {.5, 1.0, 2.0, 3.0}) {
    const BernoulliCusum rise({.usual = .1, .alarming = .2, .limit = limit});
    const int end = static_cast<int>(std::ceil(limit * 7 - 1e-9));
    for (const double p : {.05, .1, .2, .4})
      EXPECT_NEAR(rise.run_length(p) / iterated(p, 7, end, true), 1, 1e-6) << limit << " " << p;
  }
  // 20 % and 10 %: the same γ.
  const BernoulliCusum fall({.usual = .2, .alarming = .1, .limit = 2});
  for (const double p : {.05, .1, .2})
    EXPECT_NEAR(fall.run_length(p) / iterated(p, 7, 14, false), 1, 1e-6);
}

TEST(BernoulliCusum, FalseAlarmsComeAsRarelyAsSaid) {
  const BernoulliCusumOptions options{.usual = .01, .alarming = .02, .limit = 6};
  const BernoulliCusum chart(options);
  EXPECT_NEAR(chart.run_length(.01) / 25'000, 1, .1);
  EXPECT_NEAR(played(options, .01, 600) / chart.run_length(.01), 1, .1);
  // A doubling is found after about 900 parts.
  EXPECT_NEAR(chart.run_length(.02), 900, 100);
  EXPECT_NEAR(played(options, .02, 1000) / chart.run_length(.02), 1, .1);
}

TEST(BernoulliCusum, FindsAFall) {
  BernoulliCusumOptions options{.usual = .02, .alarming = .005};
  options.limit = bernoulli_cusum_limit(.02, .005, 20'000);
  const BernoulliCusum chart(options);
  EXPECT_GE(chart.run_length(.02), 20'000);
  EXPECT_NEAR(played(options, .02, 400) / chart.run_length(.02), 1, .15);
  EXPECT_LT(chart.run_length(.005), 1000);
}

TEST(BernoulliCusum, LimitIsTheLeastThatSuffices) {
  for (const double wanted : {500., 5000., 1e6}) {
    BernoulliCusumOptions options{.usual = .005, .alarming = .02};
    options.limit = bernoulli_cusum_limit(options.usual, options.alarming, wanted);
    EXPECT_GE(BernoulliCusum(options).run_length(.005), wanted * (1 - 1e-9));
    options.limit -= .02;  // more than one state
    EXPECT_LT(BernoulliCusum(options).run_length(.005), wanted);
  }
}

TEST(BernoulliCusum, AnAlarmStaysUntilItIsDealtWith) {
  BernoulliCusum chart({.usual = .01, .alarming = .02, .limit = 2});
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(chart.add(true));
  EXPECT_TRUE(chart.add(true));
  EXPECT_TRUE(chart.add(false));
  EXPECT_GT(chart.value(), 2);
  chart.restart();
  EXPECT_EQ(chart.value(), 0);
  EXPECT_FALSE(chart.add(false));
  EXPECT_EQ(chart.value(), 0);
}

TEST(BernoulliCusum, RefusesWhatCannotBe) {
  EXPECT_THROW(BernoulliCusum({.usual = 0}), Error);
  EXPECT_THROW(BernoulliCusum({.usual = .02, .alarming = .02}), Error);
  EXPECT_THROW(BernoulliCusum({.limit = 0}), Error);
  EXPECT_THROW(BernoulliCusum().run_length(0), Error);
  EXPECT_THROW(bernoulli_cusum_limit(.01, .02, 1e12), Error);
}

}  // namespace
}  // namespace paucal::quality
