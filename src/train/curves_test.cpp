#include "train/curves.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::train {
namespace {

TEST(Histogram, HasBucketsFromTheLeastToTheGreatest) {
  std::vector<float> values = {0, 3, std::numeric_limits<float>::quiet_NaN(), INFINITY};
  for (int i = 0; i < 10; ++i) values.push_back(1.05F);
  const Histogram histogram = histogram_of(values);
  ASSERT_EQ(histogram.counts.size(), 30u);
  ASSERT_EQ(histogram.edges.size(), 31u);
  EXPECT_EQ(histogram.edges.front(), 0);
  EXPECT_EQ(histogram.edges.back(), 3);
  EXPECT_EQ(histogram.counts[0], 1);
  EXPECT_EQ(histogram.counts[29], 1) << "the greatest value is not lost";
  EXPECT_EQ(histogram.counts[10], 10) << "[1, 1.1)";
}

TEST(Histogram, OfOneValueAndOfNone) {
  const Histogram one = histogram_of(std::vector<float>{2, 2});
  EXPECT_EQ(one.edges, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(one.counts, std::vector<double>{2});
  EXPECT_TRUE(histogram_of({}).counts.empty());
  EXPECT_TRUE(histogram_of(std::vector<float>{NAN}).edges.empty());
}

TEST(PrCurve, CountsAtEachThreshold) {
  const std::vector<double> scores = {0, .25, .5, .75, 1};
  const std::vector<uint8_t> labels = {0, 0, 1, 0, 1};
  const PrCurve curve = pr_curve_of(scores, labels);
  const auto at = [&](size_t i) {
    return std::vector<double>{static_cast<double>(curve.true_positives.at(i)),
                               static_cast<double>(curve.false_positives.at(i)),
                               static_cast<double>(curve.true_negatives.at(i)),
                               static_cast<double>(curve.false_negatives.at(i)),
                               curve.precision.at(i),
                               curve.recall.at(i)};
  };
  ASSERT_EQ(curve.recall.size(), PrCurve::kThresholds);
  EXPECT_EQ(at(0), (std::vector<double>{2, 3, 0, 0, .4, 1}));
  EXPECT_EQ(at(50), (std::vector<double>{2, 1, 2, 0, 2. / 3, 1})) << "at .5 itself";
  EXPECT_EQ(at(51), (std::vector<double>{1, 1, 2, 1, .5, .5}));
  EXPECT_EQ(at(100), (std::vector<double>{1, 0, 3, 1, 1, .5}));
}

TEST(PrCurve, RefusesScoresThatAreNoProbabilities) {
  const std::vector<uint8_t> labels = {1};
  EXPECT_THROW(pr_curve_of(std::vector<double>{1.5}, labels), Error);
  EXPECT_THROW(pr_curve_of(std::vector<double>{std::nan("")}, labels), Error);
  EXPECT_THROW(pr_curve_of({}, labels), Error);
}

}  // namespace
}  // namespace paucal::train
