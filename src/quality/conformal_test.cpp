#include "quality/conformal.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

std::vector<double> one_to(int n) {
  std::vector<double> scores(static_cast<size_t>(n));
  std::iota(scores.begin(), scores.end(), 1);
  return scores;
}

TEST(Conformal, TakesTheRankThatTheShareAsksFor) {
  const auto t = conformal_threshold(one_to(99), .01);
  EXPECT_TRUE(t.kept);
  EXPECT_EQ(t.threshold, 99);
  EXPECT_DOUBLE_EQ(t.false_alarms, .01);
  const auto wide = conformal_threshold(one_to(99), .1);
  EXPECT_EQ(wide.threshold, 90);
  EXPECT_DOUBLE_EQ(wide.false_alarms, .1);
}

TEST(Conformal, TooFewImagesPromiseWhatTheyCan) {
  const auto t = conformal_threshold(one_to(40), .01);
  EXPECT_FALSE(t.kept);
  EXPECT_GT(t.threshold, 40);
  EXPECT_DOUBLE_EQ(t.false_alarms, 1. / 41);
  EXPECT_NEAR(t.false_alarms_95, 1 - std::pow(.05, 1. / 40), 1e-9);
  EXPECT_NEAR(t.false_alarms_95, .0722, .0001);
}

TEST(Conformal, SaysHowManyImagesAPromiseTakes) {
  EXPECT_EQ(images_to_promise(.01), 99);
  EXPECT_EQ(images_to_promise(.05), 19);
  EXPECT_EQ(images_to_promise(.03), 33);  // 34 ranks
}

TEST(Conformal, OneScoreAndEqualScoresAreNoTrouble) {
  const std::vector<double> one = {.3}, equal = {.3, .3, .3};
  EXPECT_EQ(conformal_threshold(one, .01).threshold, .3);
  EXPECT_EQ(conformal_threshold(equal, .01).threshold, .3);
}

TEST(Conformal, RefusesWhatItCannotCount) {
  const std::vector<double> bad = {1, NAN};
  EXPECT_THROW(conformal_threshold({}, .1), Error);
  EXPECT_THROW(conformal_threshold(bad, .1), Error);
  EXPECT_THROW(conformal_threshold(one_to(3), 0), Error);
  EXPECT_THROW(images_to_promise(1), Error);
}

// 1,000 draws of 40 held-out scores: the promises hold as often as they say.
TEST(Conformal, PromisesHoldOverDraws) {
  double sum = 0;
  int breaches = 0;
  constexpr int kDraws = 1000;
  for (int draw = 0; draw < kDraws; ++draw) {
    Random random(7, 1, static_cast<uint64_t>(draw));
    std::vector<double> scores;
    for (int i = 0; i < 99; ++i) scores.push_back(random.uniform());
    const auto t = conformal_threshold(scores, .05);
    const double alarms = 1 - t.threshold;  // of uniform scores
    sum += alarms;
    breaches += alarms > t.false_alarms_95;
  }
  EXPECT_NEAR(sum / kDraws, .05, .003);
  EXPECT_NEAR(breaches / double{kDraws}, .05, .025);
}

}  // namespace
}  // namespace paucal::quality
