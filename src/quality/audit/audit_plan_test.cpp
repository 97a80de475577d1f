#include "quality/audit/audit_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(AuditPlan, TheLeastIsWhereAllRightPasses) {
  const AuditPlan plan = plan_audit({.population = 1000});
  EXPECT_GE(finite_sequence(plan.least, plan.least, 1000).low, .95);
  EXPECT_LT(finite_sequence(plan.least - 1, plan.least - 1, 1000).low, .95);
  ASSERT_GT(plan.looks_with_wrong.size(), 2u);
  const int64_t n = plan.looks_with_wrong[2];
  EXPECT_GE(finite_sequence(n - 2, n, 1000).low, .95);
  EXPECT_LT(finite_sequence(n - 3, n - 1, 1000).low, .95);
}

// The exact distribution against audits that are played.
TEST(AuditPlan, TheMeanIsThatOfPlayedAudits) {
  for (const int64_t population : {int64_t{0}, int64_t{600}}) {
    const AuditPlanOptions options{.expected = .985, .population = population, .most = 400};
    const AuditPlan plan = plan_audit(options);
    constexpr int kRuns = 3000;
    double looks = 0;
    std::vector<int64_t> taken;
    for (int run = 0; run < kRuns; ++run) {
      Random random(41, 0, static_cast<uint64_t>(run));
      int64_t wrong_left = 9;
      size_t wrong = 0;
      int64_t n = 0;
      bool passed = false;
      while (n < 400 && !passed) {
        const bool hit =
            population ? random.below(population - n) < wrong_left : random.chance(.015);
        ++n;
        wrong_left -= hit;
        wrong += hit;
        passed = wrong < plan.looks_with_wrong.size() && n >= plan.looks_with_wrong[wrong];
      }
      looks += static_cast<double>(n);
      if (passed) taken.push_back(n);
    }
    EXPECT_NEAR(plan.mean / (looks / kRuns), 1, .04) << population;
    EXPECT_NEAR(plan.passes, static_cast<double>(taken.size()) / kRuns, .02);
    std::ranges::sort(taken);
    if (plan.nine_of_ten) {
      EXPECT_NEAR(static_cast<double>(plan.nine_of_ten), static_cast<double>(taken[kRuns * 9 / 10]),
                  20);
    }
  }
}

TEST(AuditPlan, AllOfASmallSetIsLookedAt) {
  const AuditPlan plan = plan_audit({.precision = .99, .expected = 1, .population = 20});
  EXPECT_EQ(plan.least, 20);
  EXPECT_EQ(plan.passes, 1);
  EXPECT_EQ(plan.mean, 20);
}

TEST(AuditPlan, WhatIsNotGoodEnoughSeldomPasses) {
  const AuditPlan plan = plan_audit({.expected = .94, .population = 3000});
  EXPECT_LT(plan.passes, .05);
  EXPECT_EQ(plan.nine_of_ten, 0);
}

TEST(AuditPlan, RefusesWhatCannotBe) {
  EXPECT_THROW(plan_audit({.precision = 1}), Error);
  EXPECT_THROW(plan_audit({.confidence = 1}), Error);
  EXPECT_THROW(plan_audit({.expected = 1.5}), Error);
  EXPECT_THROW(plan_audit({.most = 0}), Error);
}

}  // namespace
}  // namespace paucal::quality
