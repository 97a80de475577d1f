#include "quality/plans/sprt.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"
#include "quality/plans/single_plan.h"

namespace paucal::quality {
namespace {

// Montgomery, Introduction to Statistical Quality Control: -1.22 + .028 n and 1.57 + .028 n.
TEST(Sprt, LinesOfTheTextbook) {
  const Sprt test({.good = .01, .bad = .06, .producer = .05, .consumer = .1});
  EXPECT_NEAR(test.accept_line(0), -1.22, .005);
  EXPECT_NEAR(test.reject_line(0), 1.57, .005);
  EXPECT_NEAR(test.accept_line(1) - test.accept_line(0), .028, .0005);
  EXPECT_NEAR(test.reject_line(1000) - test.reject_line(0), 28, .5);
}

TEST(Sprt, AcceptsAndRejectsWhereTheLinesAre) {
  Sprt good({.good = .01, .bad = .06});
  int n = 0;
  while (good.add(false) == SprtVerdict::kGoOn) ++n;
  EXPECT_EQ(good.verdict(), SprtVerdict::kAccept);
  EXPECT_LT(good.accept_line(n), 0);
  EXPECT_GE(good.accept_line(n + 1), 0);
  Sprt bad({.good = .01, .bad = .06});
  bad.add(true);
  EXPECT_EQ(bad.add(true), SprtVerdict::kReject);
  EXPECT_EQ(bad.add(false), SprtVerdict::kReject) << "decided is decided";
}

TEST(Sprt, KeepsItsRisksWithFewerLooks) {
  const SprtOptions options{.good = .02, .bad = .08, .producer = .05, .consumer = .1};
  constexpr int kRuns = 2000;
  int rejected_good = 0, accepted_bad = 0;
  double looks = 0;
  for (int run = 0; run < kRuns; ++run) {
    for (const double share : {.02, .08}) {
      Random random(51, share > .05, static_cast<uint64_t>(run));
      Sprt test(options);
      while (test.add(random.chance(share)) == SprtVerdict::kGoOn) looks += .5;
      rejected_good += share == .02 && test.verdict() == SprtVerdict::kReject;
      accepted_bad += share == .08 && test.verdict() == SprtVerdict::kAccept;
    }
  }
  EXPECT_LE(rejected_good, .06 * kRuns);
  EXPECT_LE(accepted_bad, .11 * kRuns);
  const auto single =
      design_single_plan({.good = .02, .producer = .05, .bad = .08, .consumer = .1});
  EXPECT_LT(looks / kRuns, .65 * static_cast<double>(single.n));
}

TEST(Sprt, RefusesWhatCannotBe) {
  EXPECT_THROW(Sprt({.good = .1, .bad = .1}), Error);
  EXPECT_THROW(Sprt({.good = 0, .bad = .1}), Error);
  EXPECT_THROW(Sprt({.producer = 0}), Error);
}

}  // namespace
}  // namespace paucal::quality
