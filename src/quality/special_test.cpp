// Golden values: tables of the chi-square, normal and hypergeometric distributions.
#include "quality/special.h"

#include <gtest/gtest.h>

#include <cmath>

namespace paucal::quality {
namespace {

TEST(Special, ChiSquareMatchesItsTable) {
  EXPECT_NEAR(chi_square_exceeded_by(.05, 1), 3.841458820694124, 1e-10);
  EXPECT_NEAR(chi_square_exceeded_by(.05, 9), 16.918977604620448, 1e-10);
  EXPECT_NEAR(chi_square_exceeded_by(.01, 19), 36.190869129270048, 1e-10);
  EXPECT_NEAR(chi_square_tail(2, 2), std::exp(-1), 1e-14);    // exponential
  EXPECT_NEAR(chi_square_tail(40, 2), std::exp(-20), 1e-20);  // far out
  EXPECT_NEAR(chi_square_tail(1e4, 1e4), .4981, 1e-4);        // many degrees: near the median
  EXPECT_EQ(chi_square_tail(0, 3), 1);
}

TEST(Special, NormalMatchesItsTable) {
  EXPECT_NEAR(normal_quantile(.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(normal_quantile(.00135), -2.9999769927034, 1e-9);
  EXPECT_NEAR(normal_cdf(1), .841344746068543, 1e-14);
}

TEST(Special, BetaQuantileTurnsTheIntegralRound) {
  EXPECT_NEAR(beta_quantile(1, 1, .3), .3, 1e-14);
  EXPECT_NEAR(beta_quantile(2, 1, .25), .5, 1e-14);  // x²
  EXPECT_NEAR(incomplete_beta(20, .5, beta_quantile(20, .5, .05)), .05, 1e-12);
}

TEST(Special, BinomialSumsByHand) {
  EXPECT_NEAR(binomial_cdf(0, 3, .5), .125, 1e-14);
  EXPECT_NEAR(binomial_cdf(1, 3, .5), .5, 1e-14);
  EXPECT_EQ(binomial_cdf(3, 3, .5), 1);
  EXPECT_EQ(binomial_cdf(-1, 3, .5), 0);
}

TEST(Special, HypergeometricByHandAndAgainstPlainSums) {
  // 5 wrong of 10, 4 drawn: none wrong in C(5,4) of C(10,4) = 5/210.
  EXPECT_NEAR(hypergeometric_cdf(0, 4, 5, 10), 5. / 210, 1e-14);
  EXPECT_NEAR(hypergeometric_cdf(1, 4, 5, 10), 55. / 210, 1e-14);
  EXPECT_NEAR(hypergeometric_cdf(2, 4, 5, 10), 155. / 210, 1e-14);
  EXPECT_EQ(hypergeometric_cdf(4, 4, 5, 10), 1);
  EXPECT_EQ(hypergeometric_cdf(1, 4, 9, 10), 0);  // only one is right
  for (const int64_t wrong : {0, 1, 30, 170, 400})
    for (int64_t k = 0; k <= 60; k += 3) {
      double sum = 0;
      for (int64_t x = std::max<int64_t>(0, 60 - (400 - wrong)); x <= std::min(k, wrong); ++x)
        sum += std::exp(log_choose(double(wrong), double(x)) +
                        log_choose(double(400 - wrong), double(60 - x)) - log_choose(400, 60));
      EXPECT_NEAR(hypergeometric_cdf(k, 60, wrong, 400), sum, 1e-11) << k << " of " << wrong;
    }
}

}  // namespace
}  // namespace paucal::quality
