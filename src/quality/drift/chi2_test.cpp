#include "quality/drift/chi2.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"
#include "quality/drift/bins.h"

namespace paucal::quality {
namespace {

using Counts = std::vector<int64_t>;

TEST(Chi2, ByHand) {
  // Expected 25 each: 4 · 5²/25.
  const Chi2Test test = chi2_test(Counts{20, 30}, Counts{30, 20});
  EXPECT_NEAR(test.statistic, 4, 1e-12);
  EXPECT_EQ(test.degrees, 1);
  EXPECT_NEAR(test.p_value, .0455003, 1e-7);
}

TEST(Chi2, SmallBinsAreJoined) {
  const Chi2Test test = chi2_test(Counts{40, 1, 2, 40, 1}, Counts{40, 2, 1, 40, 0});
  EXPECT_EQ(test.degrees, 1);
  EXPECT_EQ(chi2_test(Counts{3, 1}, Counts{2, 1}).degrees, 0);
  EXPECT_EQ(chi2_test(Counts{3, 1}, Counts{2, 1}).p_value, 1);
  EXPECT_EQ(chi2_test(Counts{500, 0}, Counts{300, 0}).degrees, 0);
}

TEST(Chi2, RefusesWhatCannotBe) {
  EXPECT_THROW(chi2_test(Counts{1}, Counts{1, 2}), Error);
  EXPECT_THROW(chi2_test(Counts{1, -1}, Counts{1, 2}), Error);
  EXPECT_THROW(chi2_test(Counts{0, 0}, Counts{1, 2}), Error);
}

TEST(Bins, HoldAsManyEachAndKeepEqualValuesTogether) {
  std::vector<double> values;
  for (int i = 1; i <= 100; ++i) values.push_back(i);
  EXPECT_EQ(quantile_edges(values, 4), (std::vector<double>{25, 50, 75}));
  EXPECT_EQ(count_in_bins(values, quantile_edges(values, 4)), (Counts{25, 25, 25, 25}));
  std::vector<double> mostly_zero(90, 0);
  for (int i = 1; i <= 10; ++i) mostly_zero.push_back(i);
  EXPECT_EQ(quantile_edges(mostly_zero, 10), (std::vector<double>{0}));
  EXPECT_TRUE(quantile_edges(std::vector<double>(5, 3.0), 4).empty());
  EXPECT_EQ(count_in_bins(values, {}), (Counts{100}));
  EXPECT_THROW(quantile_edges({}, 4), Error);
  EXPECT_THROW(count_in_bins(std::vector<double>{NAN}, {}), Error);
}

// Heat that is 0 on nine images of ten: KS is at a loss, chi-square keeps its level.
TEST(Chi2, KeepsItsLevelWithTies) {
  int alarms = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(63, 0, static_cast<uint64_t>(run));
    const auto draw = [&](size_t n) {
      std::vector<double> values(n);
      for (double& v : values) v = random.chance(.7) ? 0 : std::floor(random.uniform() * 8) + 1;
      return values;
    };
    const auto a = draw(1000), b = draw(300);
    const auto edges = quantile_edges(a, 10);
    alarms += chi2_test(count_in_bins(a, edges), count_in_bins(b, edges)).p_value < .05;
  }
  EXPECT_NEAR(alarms / double{kRuns}, .05, .02);
}

}  // namespace
}  // namespace paucal::quality
