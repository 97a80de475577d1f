// Golden values: scikit-learn 1.2.1 and numpy 1.24 on the same numbers.
#include "metrics/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::metrics {
namespace {

// 60 examples, 17 positive, 19 distinct scores: many ties.
struct Binary {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
};
Binary binary() {
  Binary set;
  for (int i = 0; i < 60; ++i) {
    set.positive.push_back((i * i + 3 * i) % 7 < 3);
    const double score = ((i * 37 + 11) % 50 + set.positive.back() * 15) / 65.0;
    set.scores.push_back(std::floor(score * 20) / 20);
  }
  return set;
}

struct MultiClass {
  std::vector<double> probabilities;  // [60, 4]
  std::vector<int> truth;
};
MultiClass multi_class() {
  MultiClass set;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> row;
    double sum = 0;
    for (int c = 0; c < 4; ++c) {
      row.push_back(std::exp(((i * 13 + c * 29 + i * c * 7) % 23) / 5.0));
      sum += row.back();
    }
    const auto top = std::ranges::max_element(row) - row.begin();
    set.truth.push_back(i % 3 == 0 ? static_cast<int>(top) : (i * 5 + i / 3) % 4);
    for (const double value : row) set.probabilities.push_back(value / sum);
  }
  return set;
}

TEST(Metrics, RankingFiguresMatchScikitLearn) {
  const Binary set = binary();
  EXPECT_NEAR(auroc(set.scores, set.positive), 0.713406292749658, 1e-14);
  EXPECT_NEAR(average_precision(set.scores, set.positive), 0.52955458978923, 1e-14);
  EXPECT_NEAR(binary_ece(set.scores, set.positive), 0.1225, 1e-14);
}

TEST(Metrics, AurocAtItsEnds) {
  const std::vector<uint8_t> labels = {0, 0, 1, 1};
  EXPECT_EQ(auroc(std::vector<double>{1, 2, 3, 4}, labels), 1);
  EXPECT_EQ(auroc(std::vector<double>{4, 3, 2, 1}, labels), 0);
  EXPECT_EQ(auroc(std::vector<double>{7, 7, 7, 7}, labels), 0.5);
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(auroc(std::vector<double>{-infinity, 0, 1, infinity}, labels), 1);
}

TEST(Metrics, AMissingClassGivesNoFigure) {
  const std::vector<double> scores = {0.1, 0.2};
  const std::vector<uint8_t> negative = {0, 0}, positive = {1, 1};
  EXPECT_TRUE(std::isnan(auroc(scores, negative)));
  EXPECT_TRUE(std::isnan(auroc(scores, positive)));
  EXPECT_TRUE(std::isnan(average_precision(scores, negative)));
  EXPECT_EQ(average_precision(scores, positive), 1);
  EXPECT_TRUE(std::isnan(auroc({}, {})));
  EXPECT_TRUE(std::isnan(ece({}, {})));
}

TEST(Metrics, RefusesNanAndUnequalSizes) {
  const std::vector<uint8_t> labels = {0, 1};
  EXPECT_THROW(auroc(std::vector<double>{std::nan(""), 1}, labels), Error);
  EXPECT_THROW(auroc(std::vector<double>{1}, labels), Error);
  EXPECT_THROW(ece(std::vector<double>{1, 1.5}, labels), Error);
  EXPECT_THROW(ece(std::vector<double>{1, std::nan("")}, labels), Error);
}

TEST(Metrics, ThresholdCurveHasOnePointForEachDistinctScore) {
  const auto curve =
      threshold_curve(std::vector<double>{0.5, 0.9, 0.5, 0.1}, std::vector<uint8_t>{1, 1, 0, 0});
  ASSERT_EQ(curve.size(), 4u);
  EXPECT_TRUE(std::isinf(curve[0].threshold));
  const auto expect_point = [&](size_t k, double threshold, int64_t tp, int64_t fp) {
    EXPECT_EQ(curve[k].threshold, threshold);
    EXPECT_EQ(curve[k].true_positives, tp);
    EXPECT_EQ(curve[k].false_positives, fp);
  };
  expect_point(1, 0.9, 1, 0);
  expect_point(2, 0.5, 2, 1);
  expect_point(3, 0.1, 2, 2);
}

TEST(Metrics, EceMatchesNumpy) {
  const MultiClass set = multi_class();
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
  for (size_t i = 0; i < set.truth.size(); ++i) {
    const auto row = std::span(set.probabilities).subspan(4 * i, 4);
    const auto top = std::ranges::max_element(row);
    confidence.push_back(*top);
    correct.push_back(top - row.begin() == set.truth[i]);
  }
  EXPECT_NEAR(ece(confidence, correct), 0.142804372041907, 1e-13);
}

TEST(Metrics, EceTakesAnEdgeIntoTheBinBelow) {
  // .8 = 12 / 15 belongs to (11/15, 12/15]; with .75 right and .8 wrong in one bin the errors
  // partly cancel: |1 - .75 - .8| / 2.
  EXPECT_NEAR(ece(std::vector<double>{0.75, 0.8}, std::vector<uint8_t>{1, 0}), 0.275, 1e-15);
  EXPECT_EQ(ece(std::vector<double>{0, 1}, std::vector<uint8_t>{0, 1}), 0);
}

}  // namespace
}  // namespace paucal::metrics
