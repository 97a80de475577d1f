#include "metrics/operating_point.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::metrics {
namespace {

using Scores = std::vector<double>;
using Labels = std::vector<uint8_t>;
constexpr auto kEscape = Limit::Of::kEscape;
constexpr auto kOverkill = Limit::Of::kOverkill;

// OK .1 .2 .3 .6, NG .25 .5 .7 .9
const Scores kScores = {0.1, 0.2, 0.3, 0.6, 0.25, 0.5, 0.7, 0.9};
const Labels kNg = {0, 0, 0, 0, 1, 1, 1, 1};

TEST(OperatingPoint, CountsAtAThreshold) {
  const OperatingPoint point = operating_point(kScores, kNg, 0.5);  // a score of .5 is NG
  EXPECT_EQ(point.overkills, 1);
  EXPECT_EQ(point.escapes, 1);
  EXPECT_EQ(point.overkill(), 0.25);
  EXPECT_EQ(point.escape(), 0.25);
  EXPECT_EQ(point.accuracy(), 0.75);
  EXPECT_THROW(operating_point(Scores{std::nan("")}, Labels{1}, 0), Error);
  EXPECT_THROW(operating_point(kScores, Labels{1}, 0), Error);
}

TEST(OperatingPoint, EscapeLimitIsKeptAtTheLowestOverkill) {
  const OperatingPoint none = choose_threshold(kScores, kNg, {kEscape, 0}).point;
  EXPECT_DOUBLE_EQ(none.threshold, 0.225);  // between OK .2 and NG .25
  EXPECT_EQ(none.overkills, 2);
  const OperatingPoint quarter = choose_threshold(kScores, kNg, {kEscape, 0.25}).point;
  EXPECT_DOUBLE_EQ(quarter.threshold, 0.4);  // between OK .3 and NG .5
  EXPECT_EQ(quarter.escapes, 1);
  EXPECT_EQ(quarter.overkills, 1);
}

TEST(OperatingPoint, OverkillLimitIsKeptAtTheLowestEscape) {
  const OperatingPoint none = choose_threshold(kScores, kNg, {kOverkill, 0}).point;
  EXPECT_DOUBLE_EQ(none.threshold, 0.65);
  EXPECT_EQ(none.escapes, 2);
  const OperatingPoint half = choose_threshold(kScores, kNg, {kOverkill, 0.5}).point;
  EXPECT_DOUBLE_EQ(half.threshold, 0.225);
  EXPECT_EQ(half.escapes, 0);
}

TEST(OperatingPoint, NothingIsGivenAwayThatTheLimitAllows) {
  // Half of the NG images may escape, but no OK image gains from it.
  const OperatingPoint point =
      choose_threshold(Scores{0.1, 0.2, 0.3, 0.8}, Labels{0, 0, 1, 1}, {kEscape, 0.5}).point;
  EXPECT_EQ(point.escapes, 0);
  EXPECT_DOUBLE_EQ(point.threshold, 0.25);
}

TEST(OperatingPoint, EqualScoresStayTogether) {
  const Scores scores = {0.5, 0.5, 0.5, 0.9};
  const Labels ng = {0, 1, 0, 1};
  const ChosenThreshold chosen = choose_threshold(scores, ng, {kEscape, 0});
  EXPECT_EQ(chosen.point.threshold, 0.5);
  EXPECT_EQ(chosen.point.overkills, 2);
  EXPECT_NE(chosen.warning.find("calling every image NG"), std::string::npos) << chosen.warning;
}

TEST(OperatingPoint, SaysWhatAThresholdIsNotWorth) {
  const auto warning = [](const Scores& scores, const Labels& ng, Limit limit) {
    return choose_threshold(scores, ng, limit).warning;
  };
  EXPECT_NE(warning({0.1, 0.2}, {0, 0}, {kEscape, 0.05}).find("no NG image"), std::string::npos);
  EXPECT_NE(warning({0.1, 0.2}, {1, 1}, {kOverkill, 0.05}).find("no OK image"), std::string::npos);
  EXPECT_NE(warning({0.1, 0.2}, {1, 1}, {kEscape, 0.05}).find("only NG"), std::string::npos);
  EXPECT_NE(warning({0.9, 0.2}, {0, 1}, {kOverkill, 0}).find("calling every image OK"),
            std::string::npos);
  EXPECT_NE(warning(kScores, kNg, {kEscape, 0.05}).find("expected 20 or more"), std::string::npos);
  EXPECT_EQ(warning(kScores, kNg, {kEscape, 0.25}), "");
}

TEST(OperatingPoint, OneClassOnlyStillGivesAThreshold) {
  const OperatingPoint only_ok = choose_threshold(Scores{0.1, 0.2}, Labels{0, 0}, {}).point;
  EXPECT_GT(only_ok.threshold, 0.2);
  EXPECT_GT(static_cast<float>(only_ok.threshold), 0.2);  // also where it is stored in 32 bits
  EXPECT_EQ(only_ok.overkills, 0);
  EXPECT_TRUE(std::isnan(only_ok.escape()));
  const OperatingPoint only_ng = choose_threshold(Scores{0.1, 0.2}, Labels{1, 1}, {}).point;
  EXPECT_EQ(only_ng.threshold, 0.1);
  EXPECT_EQ(only_ng.escapes, 0);
}

TEST(OperatingPoint, NeighbouringNumbersHaveNoMiddle) {
  const double next = std::nextafter(1.0, 2.0);
  const OperatingPoint point = best_accuracy_threshold(Scores{1.0, next}, Labels{0, 1});
  EXPECT_EQ(point.threshold, next);
  EXPECT_EQ(point.accuracy(), 1);
}

TEST(OperatingPoint, BestAccuracy) {
  const OperatingPoint point = best_accuracy_threshold(kScores, kNg);
  EXPECT_EQ(point.accuracy(), 0.75);
  EXPECT_EQ(point.escapes, 0);  // .225, .4 and .65 all make two mistakes
}

TEST(OperatingPoint, RefusesWhatMakesNoSense) {
  EXPECT_THROW(choose_threshold({}, {}, {}), Error);
  EXPECT_THROW(choose_threshold(kScores, Labels{1}, {}), Error);
  EXPECT_THROW(choose_threshold(kScores, kNg, {kEscape, 1.5}), Error);
  EXPECT_THROW(choose_threshold(Scores{INFINITY}, Labels{1}, {}), Error);
}

TEST(OperatingPoint, ChosenThresholdsCountAsTheyPromise) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    Scores scores;
    Labels ng;
    for (int64_t i = random.between(1, 12); i-- > 0;) {
      scores.push_back(static_cast<double>(random.below(8)));
      ng.push_back(random.chance(0.5));
    }
    for (const auto of : {kEscape, kOverkill}) {
      const double share = random.uniform();
      const OperatingPoint chosen = choose_threshold(scores, ng, {of, share}).point;
      const OperatingPoint counted = operating_point(scores, ng, chosen.threshold);
      EXPECT_EQ(chosen.overkills, counted.overkills);
      EXPECT_EQ(chosen.escapes, counted.escapes);
      EXPECT_FALSE((of == kEscape ? counted.escape() : counted.overkill()) > share);
      for (double threshold = -0.5; threshold < 9; ++threshold) {  // nothing else is better
        const OperatingPoint other = operating_point(scores, ng, threshold);
        if ((of == kEscape ? other.escape() : other.overkill()) > share) continue;
        EXPECT_LE(of == kEscape ? chosen.overkills : chosen.escapes,
                  of == kEscape ? other.overkills : other.escapes);
      }
    }
  }
}

}  // namespace
}  // namespace paucal::metrics
