#include "quality/audit/line_rates.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(LineRates, ByHand) {
  // 10,000 parts, 200 said NG, all looked at: 90 NG. Of 9,800 said OK 980 were looked at: 1 NG.
  const std::vector<LineStratum> strata = {{true, 200, 200, 90}, {false, 9800, 980, 1}};
  const LineRates rates = line_rates(strata);
  EXPECT_NEAR(rates.prevalence.estimate, .01, 1e-12);
  EXPECT_NEAR(rates.escape.estimate, .1, 1e-12);
  EXPECT_NEAR(rates.overkill.estimate, 110. / 9900, 1e-12);
  // All said NG are known, so that the bounds come from F alone.
  const Interval ok = finite_sequence(979, 980, 9800);
  const double most = 9800 * (1 - ok.low), least = 9800 * (1 - ok.high);
  EXPECT_NEAR(rates.escape.bounds.high, most / (most + 90), 1e-9);
  EXPECT_NEAR(rates.escape.bounds.low, least / (least + 90), 1e-9);
  EXPECT_NEAR(least, 1, 1e-6);  // the one that was seen
}

TEST(LineRates, OneLookIsNarrower) {
  const std::vector<LineStratum> strata = {{true, 200, 100, 45}, {false, 9800, 980, 1}};
  const LineRates every = line_rates(strata), one = line_rates(strata, {.at_every_look = false});
  EXPECT_LT(one.escape.bounds.high, every.escape.bounds.high);
  EXPECT_LT(one.overkill.bounds.high, every.overkill.bounds.high);
}

TEST(LineRates, WhatWasNotLookedAtIsUnknown) {
  const std::vector<LineStratum> strata = {{true, 50, 50, 50}, {false, 9950, 0, 0}};
  const LineRates rates = line_rates(strata);
  EXPECT_TRUE(std::isnan(rates.escape.estimate));
  EXPECT_EQ(rates.escape.bounds.low, 0);
  EXPECT_GT(rates.escape.bounds.high, .99);
  const LineRates empty = line_rates({});
  EXPECT_EQ(empty.escape.bounds.high, 1);
  EXPECT_TRUE(std::isnan(empty.prevalence.estimate));
  EXPECT_THROW(line_rates(std::vector<LineStratum>{{true, 5, 6, 1}}), Error);
  EXPECT_THROW(line_rates(std::vector<LineStratum>{{true, 5, 2, 3}}), Error);
}

TEST(LineRates, SaysHowManyLooksAnEscapeRateTakes) {
  // At 1 % NG, of which 10 % pass: F = .001/.99 at most, by the rule of three about 2,965 looks.
  EXPECT_NEAR(static_cast<double>(looks_for_escape(.1, .009, .99)), 2965, 5);
  EXPECT_EQ(looks_for_escape(.99, .5, .1), 1);
  EXPECT_THROW(looks_for_escape(0, .01, .99), Error);
}

// A line of 20,000 parts, 1 % NG, of which 8 % pass; the spool keeps all NG, a fifth of the
// doubtful, one in 25 of the others. In how many of 100 runs do all three rates lie within their
// bounds?
TEST(LineRates, BoundsHoldOverRuns) {
  for (const bool every : {true, false}) {
    int inside = 0;
    double width = 0;
    for (uint64_t seed = 0; seed < 100; ++seed) {
      Random random(31, 0, seed);
      std::vector<LineStratum> strata = {{true, 0, 0, 0}, {false, 0, 0, 0}, {false, 0, 0, 0}};
      const double keep[] = {1, .2, .04};
      double ng_parts = 0, passed = 0, thrown = 0;
      for (int part = 0; part < 20'000; ++part) {
        const bool ng = random.chance(.01), said_ng = random.chance(ng ? .92 : .015);
        const size_t h = said_ng ? 0 : random.chance(ng ? .7 : .05) ? 1 : 2;
        ++strata[h].parts;
        ng_parts += ng;
        passed += ng && !said_ng;
        thrown += !ng && said_ng;
        if (!random.chance(keep[h])) continue;
        ++strata[h].seen;
        strata[h].ng += ng;
      }
      const LineRates rates = line_rates(strata, {.at_every_look = every});
      const auto holds = [](const ShareEstimate& e, double truth) {
        return e.bounds.low <= truth + 1e-12 && truth <= e.bounds.high + 1e-12;
      };
      inside += holds(rates.prevalence, ng_parts / 20'000) &&
                holds(rates.escape, passed / ng_parts) &&
                holds(rates.overkill, thrown / (20'000 - ng_parts));
      width += rates.escape.bounds.high - rates.escape.bounds.low;
    }
    EXPECT_GE(inside, 93) << every;
    EXPECT_LT(width / 100, .6) << "so wide that it says nothing";
  }
}

}  // namespace
}  // namespace paucal::quality
