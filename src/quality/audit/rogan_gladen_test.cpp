#include "quality/audit/rogan_gladen.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

int64_t hits(Random& random, int64_t n, double p) {
  int64_t count = 0;
  for (int64_t i = 0; i < n; ++i) count += random.chance(p);
  return count;
}

TEST(RoganGladen, ByHand) {
  // p' = .2, Se = .9, Sp = .9: (.2 + .9 - 1) / .8.
  const TrueShare share = rogan_gladen(20, 100, {100, 90, 100, 90});
  EXPECT_NEAR(share.estimate, .125, 1e-12);
  // n = 103.8415, p = (20 + 1.9207)/n = .211098; Se = Sp = 91/102 = .892157.
  const double p = 21.92072941 / 103.84145882, e = 91. / 102, one = e * (1 - e) / 102;
  const double pi = (p + e - 1) / (2 * e - 1), z2 = 3.84145882;
  const double shift = 2 * z2 * (pi * one - (1 - pi) * one);
  const double error =
      std::sqrt(p * (1 - p) / 103.84145882 + (pi * pi + (1 - pi) * (1 - pi)) * one) / (2 * e - 1);
  EXPECT_NEAR(share.bounds.low, pi + shift - std::sqrt(z2) * error, 1e-7);
  EXPECT_NEAR(share.bounds.high, pi + shift + std::sqrt(z2) * error, 1e-7);
}

TEST(RoganGladen, StaysWithinZeroAndOne) {
  const TrueShare none = rogan_gladen(1, 100, {50, 48, 50, 46});  // fewer than false alarms alone
  EXPECT_EQ(none.estimate, 0);
  EXPECT_EQ(none.bounds.low, 0);
  EXPECT_GT(none.bounds.high, 0);
}

TEST(RoganGladen, AReaderAtChanceTellsNothing) {
  for (const ReaderErrors& reader : {ReaderErrors{10, 5, 10, 5}, ReaderErrors{0, 0, 10, 9}}) {
    const TrueShare share = rogan_gladen(5, 10, reader);
    EXPECT_TRUE(std::isnan(share.estimate));
    EXPECT_EQ(share.bounds.low, 0);
    EXPECT_EQ(share.bounds.high, 1);
  }
  EXPECT_THROW(rogan_gladen(3, 2, {1, 1, 1, 1}), Error);
}

TEST(RoganGladen, CoversAtLowPrevalence) {
  constexpr int kRuns = 2000;
  int covered = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(21, 0, static_cast<uint64_t>(run));
    constexpr double kTruth = .02, kSe = .9, kSp = .97;
    const int64_t called = hits(random, 500, kTruth * kSe + (1 - kTruth) * (1 - kSp));
    const TrueShare share =
        rogan_gladen(called, 500, {60, hits(random, 60, kSe), 200, hits(random, 200, kSp)});
    covered += share.bounds.low <= kTruth && kTruth <= share.bounds.high;
  }
  EXPECT_GE(covered, .94 * kRuns);
}

}  // namespace
}  // namespace paucal::quality
