#include "quality/drift/mmd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

// Rows that follow each other are alike: an autoregressive series with a step of `shift`.
std::vector<float> series(uint64_t seed, size_t rows, double memory, double shift = 0) {
  Random random(65, 0, seed);
  std::vector<float> values;
  double x = random.normal(), y = random.normal();
  for (size_t i = 0; i < rows; ++i) {
    const double fresh = std::sqrt(1 - memory * memory);
    x = memory * x + fresh * random.normal();
    y = memory * y + fresh * random.normal();
    values.push_back(static_cast<float>(x + shift));
    values.push_back(static_cast<float>(y));
  }
  return values;
}

TEST(Mmd, ByHand) {
  // Blocks of one: rows 0, 0, 0 against 1, 1, 1 (σ = 1, the median distance).
  const std::vector<float> a = {0, 0, 0}, b = {1, 1, 1};
  const MmdTest test = mmd_test({a, 1}, {b, 1}, {.block = 1});
  EXPECT_DOUBLE_EQ(test.bandwidth, 1);
  EXPECT_NEAR(test.mmd2, 2 - 2 * std::exp(-.5), 1e-12);
  EXPECT_EQ(mmd_test({a, 1}, {a, 1}, {.block = 1}).p_value, 1);
}

TEST(Mmd, FindsAShift) {
  const auto a = series(1, 300, .5), b = series(2, 200, .5, .8);
  const MmdTest test = mmd_test({a, 2}, {b, 2}, {.block = 10});
  EXPECT_LE(test.p_value, .01);
  EXPECT_GT(test.mmd2, 0);
  const auto c = series(3, 4000, 0), d = series(4, 4000, 0, .5);
  EXPECT_LT(mmd_linear_test({c, 2}, {d, 2}).p_value, .01);
}

TEST(Mmd, NeighboursThatAreAlikeAreNoDrift) {
  int by_block = 0, by_row = 0;
  constexpr int kRuns = 60;
  for (uint64_t run = 0; run < kRuns; ++run) {
    const auto a = series(2 * run, 160, .8), b = series(2 * run + 1, 160, .8);
    by_block += mmd_test({a, 2}, {b, 2}, {.block = 20, .permutations = 99}).p_value <= .05;
    by_row += mmd_test({a, 2}, {b, 2}, {.block = 1, .permutations = 39}).p_value <= .05;
  }
  EXPECT_LE(by_block, 9);
  EXPECT_GE(by_row, 20) << "shuffling images one by one takes dependence for drift";
}

TEST(Mmd, LinearKeepsItsLevel) {
  int alarms = 0;
  constexpr int kRuns = 1000;
  for (uint64_t run = 0; run < kRuns; ++run) {
    const auto a = series(2 * run, 200, 0), b = series(2 * run + 1, 200, 0);
    alarms += mmd_linear_test({a, 2}, {b, 2}).p_value < .05;
  }
  EXPECT_NEAR(alarms / double{kRuns}, .05, .025);
}

TEST(Mmd, IsTheSameEachTime) {
  const auto a = series(5, 100, .5), b = series(6, 100, .5);
  EXPECT_EQ(mmd_test({a, 2}, {b, 2}).p_value, mmd_test({a, 2}, {b, 2}).p_value);
}

TEST(Mmd, RefusesWhatCannotBe) {
  const std::vector<float> few(40, 1), odd(41, 1), bad(200, NAN), many(10'000, 1);
  EXPECT_THROW(mmd_test({few, 2}, {few, 2}), Error);  // one block of 20
  EXPECT_THROW(mmd_test({odd, 2}, {few, 2}, {.block = 1}), Error);
  EXPECT_THROW(mmd_test({few, 2}, {few, 1}, {.block = 1}), Error);
  EXPECT_THROW(mmd_test({bad, 2}, {bad, 2}), Error);
  EXPECT_THROW(mmd_test({many, 1}, {many, 1}), Error);
  EXPECT_THROW(mmd_linear_test({std::span(few).first(2), 1}, {few, 1}), Error);
}

}  // namespace
}  // namespace paucal::quality
