// Golden values: scipy 1.10 (root of the gradient) and scikit-learn 1.2.1.
#include "metrics/calibration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"

namespace paucal::metrics {
namespace {

TEST(Calibration, PlattMatchesScikitLearn) {
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  for (int i = 0; i < 60; ++i) {
    positive.push_back((i * i + 3 * i) % 7 < 3);
    scores.push_back(std::floor(((i * 37 + 11) % 50 + positive.back() * 15) / 65.0 * 20) / 20);
  }
  const PlattScale scale = fit_platt(scores, positive);
  EXPECT_NEAR(scale.a, 3.55696645, 1e-7);
  EXPECT_NEAR(scale.b, -2.59271396, 1e-7);

  // Scores in other units give the same probabilities.
  std::vector<double> shifted;
  for (const double score : scores) shifted.push_back(1e6 + 1e-3 * score);
  const PlattScale other = fit_platt(shifted, positive);
  EXPECT_NEAR(other(shifted[5]), scale(scores[5]), 1e-5);
}

TEST(Calibration, PlattIsFiniteWhereClassesAreApart) {
  const PlattScale scale =
      fit_platt(std::vector<double>{-3, -2, -1, 1, 2, 3}, std::vector<uint8_t>{0, 0, 0, 1, 1, 1});
  EXPECT_NEAR(scale.a, 0.621401955, 1e-8);
  EXPECT_NEAR(scale.b, 0, 1e-9);
  const PlattScale far = fit_platt(std::vector<double>{-1e30, 1e30}, std::vector<uint8_t>{0, 1});
  EXPECT_NEAR(far(1e30), 2.0 / 3, 1e-6);
  EXPECT_EQ(PlattScale{}(-1e9), 0);
  EXPECT_EQ(PlattScale{}(1e9), 1);
}

TEST(Calibration, PlattOfOneClassOrOneScoreIsThePrior) {
  const PlattScale negative = fit_platt(std::vector<double>{1, 2, 3}, std::vector<uint8_t>(3));
  EXPECT_NEAR(negative(2), 0.2, 1e-6);  // 1 / (N- + 2)
  const PlattScale flat = fit_platt(std::vector<double>(4, 0.5), std::vector<uint8_t>{0, 0, 1, 1});
  EXPECT_NEAR(flat(0.5), 0.5, 1e-9);
}

TEST(Calibration, TemperatureMatchesABoundedSearch) {
  std::vector<double> logits;
  std::vector<int> truth;
  for (int i = 0; i < 60; ++i) {
    std::vector<double> row;
    for (int c = 0; c < 4; ++c) row.push_back(((i * 13 + c * 29 + i * c * 7) % 23) / 5.0);
    const auto top = std::ranges::max_element(row) - row.begin();
    truth.push_back(i % 3 == 0 ? static_cast<int>(top) : (i * 5 + i / 3) % 4);
    logits.insert(logits.end(), row.begin(), row.end());
  }
  EXPECT_NEAR(fit_temperature(logits, 4, truth), 2.96241284945225, 1e-6);
}

TEST(Calibration, TemperatureStaysWithinItsBounds) {
  const std::vector<double> logits = {5, 0, 0, 5};
  EXPECT_NEAR(fit_temperature(logits, 2, std::vector<int>{0, 1}), 0.05, 1e-9);
  EXPECT_NEAR(fit_temperature(logits, 2, std::vector<int>{1, 0}), 20, 1e-9);
}

TEST(Calibration, RefusesWhatCannotBeFitted) {
  EXPECT_THROW(fit_platt({}, {}), Error);
  EXPECT_THROW(fit_platt(std::vector<double>{1}, std::vector<uint8_t>{0, 1}), Error);
  EXPECT_THROW(fit_platt(std::vector<double>{INFINITY}, std::vector<uint8_t>{1}), Error);
  EXPECT_THROW(fit_temperature(std::vector<double>{1, 2}, 2, std::vector<int>{2}), Error);
  EXPECT_THROW(fit_temperature(std::vector<double>{1, 2, 3}, 2, std::vector<int>{1}), Error);
}

}  // namespace
}  // namespace paucal::metrics
