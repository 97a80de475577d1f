#include "quality/label_errors/margins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(Margins, ByHand) {
  Margins margins(3);
  margins.add(0, std::vector<float>{2, 1, -1}, 0);
  margins.add(0, std::vector<float>{0, 3, 1}, 0);
  margins.add(1, std::vector<float>{0, 3, 1}, 1);
  margins.add(1, std::vector<float>{NAN, 3, 1}, 0);  // left out
  const auto means = margins.means();
  EXPECT_DOUBLE_EQ(means[0], -1);  // (1 - 3) / 2
  EXPECT_DOUBLE_EQ(means[1], 2);
  EXPECT_TRUE(std::isnan(means[2]));
}

TEST(Margins, LimitIsAPercentile) {
  std::vector<double> margins(100);
  for (int i = 0; i < 100; ++i) margins[static_cast<size_t>(99 - i)] = i;
  EXPECT_EQ(margin_limit(margins), 98);
  EXPECT_EQ(margin_limit(margins, .5), 49);
  EXPECT_EQ(margin_limit(std::vector<double>{NAN, 7}), 7);
  EXPECT_THROW(margin_limit({}), Error);
  EXPECT_THROW(margin_limit(margins, 1), Error);
}

// A logistic regression by gradient descent on two clouds, with 5 % of the labels turned round: the
// lowest margins are theirs.
TEST(Margins, TurnedLabelsAreLearntLast) {
  constexpr int kItems = 400;
  Random random(92);
  std::vector<double> x(kItems), y(kItems);
  std::vector<int> labels(kItems);
  for (int i = 0; i < kItems; ++i) {
    const auto k = static_cast<size_t>(i);
    const bool is = i % 2;
    x[k] = (is ? 1.5 : -1.5) + random.normal();
    y[k] = (is ? 1.0 : -1.0) + random.normal();
    labels[k] = is != (i % 20 == 0);
  }
  Margins margins(kItems);
  double wx = 0, wy = 0, bias = 0;
  for (int epoch = 0; epoch < 30; ++epoch) {
    double gx = 0, gy = 0, gb = 0;
    for (int i = 0; i < kItems; ++i) {
      const auto k = static_cast<size_t>(i);
      const double logit = wx * x[k] + wy * y[k] + bias;
      margins.add(i, std::vector<float>{0, static_cast<float>(logit)}, labels[k]);
      const double error = labels[k] - 1 / (1 + std::exp(-logit));
      gx += error * x[k];
      gy += error * y[k];
      gb += error;
    }
    wx += gx / kItems;
    wy += gy / kItems;
    bias += gb / kItems;
  }
  const auto means = margins.means();
  std::vector<int> order(kItems);
  for (int i = 0; i < kItems; ++i) order[static_cast<size_t>(i)] = i;
  std::ranges::sort(order, {}, [&](int i) { return means[static_cast<size_t>(i)]; });
  int found = 0;
  for (int i = 0; i < 20; ++i) found += order[static_cast<size_t>(i)] % 20 == 0;
  EXPECT_GE(found, 13);
}

TEST(Margins, RefusesWhatCannotBe) {
  EXPECT_THROW(Margins(-1), Error);
  Margins margins(1);
  EXPECT_THROW(margins.add(1, std::vector<float>{0, 1}, 0), Error);
  EXPECT_THROW(margins.add(0, std::vector<float>{0, 1}, 2), Error);
  EXPECT_THROW(margins.add(0, std::vector<float>{0}, 0), Error);
}

}  // namespace
}  // namespace paucal::quality
