#include "quality/agreement/kappa.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

using Table = std::vector<int64_t>;

// The example of Fleiss, Cohen and Everitt (1969): κ = .429, variance .002885 at 200 items.
TEST(Kappa, CohenOfThePaper) {
  const Kappa kappa = cohen_kappa(Table{106, 10, 4, 22, 28, 10, 2, 12, 6}, 3);
  EXPECT_NEAR(kappa.value, .4285714, 1e-6);
  EXPECT_NEAR(kappa.standard_error * kappa.standard_error, .002885, 1e-6);
  EXPECT_NEAR(kappa.bounds.low, .4285714 - 1.959964 * .0537111, 1e-5);
}

TEST(Kappa, EndsOfTheScale) {
  EXPECT_NEAR(cohen_kappa(Table{10, 0, 0, 10}, 2).value, 1, 1e-12);
  EXPECT_NEAR(cohen_kappa(Table{5, 5, 5, 5}, 2).value, 0, 1e-12);
  EXPECT_NEAR(cohen_kappa(Table{0, 10, 10, 0}, 2).value, -1, 1e-12);
  EXPECT_TRUE(std::isnan(cohen_kappa(Table{10, 0, 0, 0}, 2).value)) << "one class alone";
}

// The example of Fleiss that is quoted everywhere: 10 items, 14 readers, 5 classes.
TEST(Kappa, FleissOfTheTextbook) {
  const Table votes = {0, 0, 0, 0, 14, 0, 2, 6, 4, 2, 0, 0, 3, 5, 6, 0, 3, 9, 2, 0, 2, 2, 8, 1, 1,
                       7, 7, 0, 0, 0,  3, 2, 6, 3, 0, 2, 5, 3, 2, 2, 6, 5, 2, 1, 0, 0, 2, 2, 3, 7};
  EXPECT_NEAR(fleiss_kappa(votes, 5).value, .20993, 1e-5);
  EXPECT_TRUE(std::isnan(fleiss_kappa(Table{3, 0, 3, 0}, 2).value));
  EXPECT_NEAR(fleiss_kappa(Table{3, 0, 0, 3}, 2).value, 1, 1e-12);
}

// 60 items read by three readers who are right in 85 %: the interval covers what 1e6 items give.
TEST(Kappa, IntervalsCover) {
  // Two classes, half each: P(agree) = .85² + .15², by chance .5.
  const double truth = (.85 * .85 + .15 * .15 - .5) / .5;
  constexpr int kRuns = 1000;
  int fleiss = 0, cohen = 0;
  for (int run = 0; run < kRuns; ++run) {
    Random random(81, 0, static_cast<uint64_t>(run));
    Table votes, table(4, 0);
    for (int i = 0; i < 60; ++i) {
      const int is = random.chance(.5);
      int64_t ones = 0;
      int said[3];
      for (int& s : said) ones += s = random.chance(.85) ? is : 1 - is;
      votes.insert(votes.end(), {3 - ones, ones});
      ++table[static_cast<size_t>(2 * said[0] + said[1])];
    }
    const Interval f = fleiss_kappa(votes, 2).bounds, c = cohen_kappa(table, 2).bounds;
    fleiss += f.low <= truth && truth <= f.high;
    cohen += c.low <= truth && truth <= c.high;
  }
  EXPECT_NEAR(fleiss / double{kRuns}, .95, .03);
  EXPECT_NEAR(cohen / double{kRuns}, .95, .03);
}

TEST(Kappa, RefusesWhatCannotBe) {
  EXPECT_THROW(cohen_kappa(Table{1, 2, 3}, 2), Error);
  EXPECT_THROW(cohen_kappa(Table{1, 0, 0, 0}, 2), Error);
  EXPECT_THROW(cohen_kappa(Table{1, -1, 3, 3}, 2), Error);
  EXPECT_THROW(fleiss_kappa(Table{1, 0, 3, 3}, 2), Error);
  EXPECT_THROW(fleiss_kappa(Table{3, 3}, 2), Error);
  EXPECT_THROW(fleiss_kappa(Table{3, 3, 3}, 1), Error);
}

}  // namespace
}  // namespace paucal::quality
