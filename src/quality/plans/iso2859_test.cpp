#include "quality/plans/iso2859.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr auto kII = InspectionLevel::kII;

TEST(Iso2859, PublishedPlans) {
  struct Row {
    int64_t lot;
    double aql;
    char letter;
    int64_t n, accept;
  };
  const std::vector<Row> rows = {{3000, .65, 'K', 125, 2},   {1000, 1.0, 'J', 80, 2},
                                 {5000, 1.0, 'L', 200, 5},   {200, 4.0, 'G', 32, 3},
                                 {3000, 2.5, 'K', 125, 7},   {3000, 4.0, 'K', 125, 10},
                                 {1000, .15, 'J', 80, 0},    {400, 2.5, 'H', 50, 3},
                                 {20'000, .40, 'M', 315, 3}, {8, 6.5, 'A', 2, 0}};
  for (const Row& row : rows) {
    SCOPED_TRACE(row.aql);
    const Iso2859Plan plan = iso2859_plan(row.lot, kII, row.aql);
    EXPECT_EQ(plan.letter, row.letter);
    EXPECT_EQ(plan.plan.n, row.n);
    EXPECT_EQ(plan.plan.accept, row.accept);
  }
}

TEST(Iso2859, TightenedAcceptsFewer) {
  EXPECT_EQ(iso2859_plan(3000, kII, .65, Severity::kTightened).plan.accept, 1);
  EXPECT_EQ(iso2859_plan(3000, kII, 2.5, Severity::kTightened).plan.accept, 5);
  EXPECT_EQ(iso2859_plan(3000, kII, 4.0, Severity::kTightened).plan.accept, 8);
  EXPECT_EQ(iso2859_plan(3000, kII, 10, Severity::kTightened).plan.accept, 18);
  for (const double aql : iso2859_aqls())
    for (const int64_t lot : {10, 100, 1000, 100'000}) {
      const auto normal = iso2859_plan(lot, kII, aql).plan;
      const auto tight = iso2859_plan(lot, kII, aql, Severity::kTightened).plan;
      EXPECT_LE(acceptance(tight, aql / 100), acceptance(normal, aql / 100) + 1e-12)
          << lot << " " << aql;
    }
}

TEST(Iso2859, ArrowsLeadToTheNextPlan) {
  // J at .25: one step above "accept none", which is H's.
  EXPECT_EQ(iso2859_plan(1000, kII, .25).letter, 'H');
  EXPECT_EQ(iso2859_plan(1000, kII, .40).letter, 'K');  // two steps: the next, accept 1
  EXPECT_EQ(iso2859_plan(1000, kII, .40).plan.accept, 1);
  EXPECT_EQ(iso2859_plan(1000, kII, .010).letter, 'Q');  // but the lot has only 1,000
  EXPECT_EQ(iso2859_plan(1000, kII, .010).plan.n, 1000);
  EXPECT_EQ(iso2859_plan(1'000'000, kII, 10).plan.accept, 21);
}

TEST(Iso2859, LevelsAndLots) {
  EXPECT_EQ(iso2859_plan(1000, InspectionLevel::kI, 1.5).letter, 'G');
  EXPECT_EQ(iso2859_plan(1000, InspectionLevel::kIII, 1.0).letter, 'K');
  EXPECT_EQ(iso2859_plan(1200, kII, 1.0).letter, 'J');
  EXPECT_EQ(iso2859_plan(1201, kII, 1.0).letter, 'K');
  EXPECT_EQ(iso2859_plan(2, kII, 6.5).plan.n, 2);
  EXPECT_THROW(iso2859_plan(1, kII, 1.0), Error);
  EXPECT_THROW(iso2859_plan(100, kII, .5), Error);
}

// Whatever the lot and the AQL: a plan, and lots at the AQL mostly pass it.
TEST(Iso2859, LotsAtTheAqlMostlyPass) {
  for (const double aql : iso2859_aqls())
    for (const int64_t lot : {2, 9, 60, 500, 5000, 50'000, 5'000'000}) {
      const SinglePlan plan = iso2859_plan(lot, kII, aql).plan;
      EXPECT_LT(plan.accept, plan.n);
      EXPECT_GT(acceptance(plan, aql / 100), .79) << lot << " " << aql;
    }
}

TEST(Iso2859, SwitchingRules) {
  SwitchingRules rules;
  for (const bool accepted : {true, false, true, true, true, true, false})
    rules.add(accepted);  // the two lie 5 lots apart
  EXPECT_EQ(rules.severity(), Severity::kNormal);
  rules.add(false);
  EXPECT_EQ(rules.severity(), Severity::kTightened);
  for (int i = 0; i < 4; ++i) rules.add(true);
  EXPECT_EQ(rules.severity(), Severity::kTightened);
  rules.add(true);
  EXPECT_EQ(rules.severity(), Severity::kNormal);
  rules.add(false);
  rules.add(false);
  for (int i = 0; i < 5; ++i) rules.add(false);
  EXPECT_TRUE(rules.stopped());
  EXPECT_THROW(rules.add(true), Error);
  rules.resume();
  EXPECT_FALSE(rules.stopped());
  EXPECT_EQ(rules.severity(), Severity::kTightened);
}

}  // namespace
}  // namespace paucal::quality
