#include "quality/audit/strata.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

TEST(Strata, AreWeightedByWhatTheyHold) {
  const std::vector<AuditStratum> strata = {{900, 100, 99}, {100, 50, 40}};
  const ShareEstimate share = stratified_share(strata);
  EXPECT_NEAR(share.estimate, .9 * .99 + .1 * .8, 1e-12);
  SequenceOptions half{.alpha = .025};
  EXPECT_NEAR(
      share.bounds.low,
      .9 * finite_sequence(99, 100, 900, half).low + .1 * finite_sequence(40, 50, 100, half).low,
      1e-12);
  EXPECT_LT(share.bounds.low, share.estimate);
  EXPECT_GT(share.bounds.high, share.estimate);
}

TEST(Strata, WhatWasNotLookedAtIsNotPromised) {
  const std::vector<AuditStratum> strata = {{900, 900, 900}, {100, 0, 0}, {0, 0, 0}};
  const ShareEstimate share = stratified_share(strata);
  EXPECT_NEAR(share.bounds.low, .9, 1e-12);
  EXPECT_NEAR(share.bounds.high, 1, 1e-12);
  EXPECT_TRUE(std::isnan(share.estimate));
  EXPECT_THROW(stratified_share(std::vector<AuditStratum>{{0, 0, 0}}), Error);
}

TEST(Strata, NeymanLooksWhereItIsDoubtful) {
  const std::vector<int64_t> populations = {1000, 1000, 10};
  const std::vector<double> shares = {.5, .1, .5};
  const auto looks = neyman_allocation(populations, shares, 161);
  EXPECT_EQ(looks[0] + looks[1] + looks[2], 161);
  EXPECT_NEAR(static_cast<double>(looks[0]), 100, 1);  // .5 : .3 : .005
  EXPECT_NEAR(static_cast<double>(looks[1]), 60, 1);
  EXPECT_EQ(looks[2], 1);
  const auto everything = neyman_allocation(populations, shares, 5000);
  EXPECT_EQ(everything, populations);
  EXPECT_THROW(neyman_allocation(populations, std::vector<double>{.5}, 3), Error);
}

}  // namespace
}  // namespace paucal::quality
