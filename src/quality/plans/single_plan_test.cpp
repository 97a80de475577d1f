#include "quality/plans/single_plan.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

TEST(SinglePlan, AcceptanceByHand) {
  EXPECT_NEAR(acceptance({2, 0}, .1), .81, 1e-14);
  EXPECT_NEAR(acceptance({2, 1}, .1), .99, 1e-14);
  EXPECT_EQ(acceptance({5, 0}, 0), 1);
  EXPECT_EQ(acceptance({5, 0}, 1), 0);
  EXPECT_NEAR(acceptance_in_lot({4, 0}, 5, 10), 5. / 210, 1e-14);
  EXPECT_EQ(acceptance_in_lot({10, 0}, 1, 10), 0);  // all looked at
}

TEST(SinglePlan, TheAqlIsNoPromise) {
  // Code letter K at AQL .65 accepts one in ten lots with 4.2 % bad items.
  EXPECT_NEAR(quality_accepted_with({125, 2}, .1), .042, 2e-4);
  EXPECT_NEAR(acceptance({125, 2}, .0065), .953, .002);
}

TEST(SinglePlan, TheCurveFalls) {
  const auto curve = oc_curve({80, 1}, .1, 21);
  ASSERT_EQ(curve.size(), 21u);
  EXPECT_EQ(curve[0].accepted, 1);
  EXPECT_DOUBLE_EQ(curve[20].bad, .1);
  for (size_t i = 1; i < curve.size(); ++i) EXPECT_LT(curve[i].accepted, curve[i - 1].accepted);
}

// n = 89, accept 2, lots of 10,000: a textbook's nomograph reads .0155.
TEST(SinglePlan, OutgoingLimit) {
  const OutgoingLimit outgoing = average_outgoing_limit({89, 2}, 10'000);
  EXPECT_NEAR(outgoing.limit, .0152463, 1e-6);
  EXPECT_NEAR(outgoing.incoming, .0253, 1e-3);
  // Accept none: p (1-p)^n peaks at 1/(n+1).
  EXPECT_NEAR(average_outgoing_limit({9, 0}).incoming, .1, 1e-6);
  EXPECT_NEAR(average_outgoing_limit({9, 0}).limit, .1 * std::pow(.9, 9), 1e-12);
  EXPECT_EQ(average_total_looks({89, 2}, 0, 10'000), 89);
  EXPECT_NEAR(average_total_looks({89, 2}, .01, 10'000), 89 + (1 - acceptance({89, 2}, .01)) * 9911,
              1e-9);
}

TEST(SinglePlan, TheFewestLooksForTwoRisks) {
  const SinglePlan plan =
      design_single_plan({.good = .01, .producer = .05, .bad = .06, .consumer = .1});
  EXPECT_EQ(plan.n, 110);
  EXPECT_EQ(plan.accept, 3);
  const SinglePlan second =
      design_single_plan({.good = .02, .producer = .05, .bad = .08, .consumer = .1});
  EXPECT_EQ(second.n, 98);
  EXPECT_EQ(second.accept, 4);
  EXPECT_LE(acceptance(plan, .06), .1);
  EXPECT_GT(acceptance({plan.n - 1, plan.accept}, .06), .1);
  EXPECT_LT(acceptance({88, 2}, .01), .95);  // the smaller number would break the other risk
}

TEST(SinglePlan, RefusesWhatCannotBe) {
  EXPECT_THROW(acceptance({0, 0}, .1), Error);
  EXPECT_THROW(acceptance({5, 5}, .1), Error);
  EXPECT_THROW(acceptance({5, 0}, 1.1), Error);
  EXPECT_THROW(acceptance_in_lot({5, 0}, 1, 4), Error);
  EXPECT_THROW(quality_accepted_with({5, 0}, 1), Error);
  EXPECT_THROW(average_outgoing_limit({5, 0}, 4), Error);
  EXPECT_THROW(design_single_plan({.good = .1, .bad = .05}), Error);
  EXPECT_THROW(design_single_plan({.good = .01, .bad = .01000001}), Error);
}

}  // namespace
}  // namespace paucal::quality
