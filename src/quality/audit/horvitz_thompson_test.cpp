#include "quality/audit/horvitz_thompson.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::quality {
namespace {

TEST(HorvitzThompson, ByHand) {
  const std::vector<DrawnItem> drawn = {{1, 1}, {1, .5}, {0, .1}};
  const WeightedEstimate e = horvitz_thompson(drawn);
  EXPECT_DOUBLE_EQ(e.total, 3);
  EXPECT_DOUBLE_EQ(e.total_variance, 2);  // .5 / .25
  EXPECT_DOUBLE_EQ(e.items, 13);
  EXPECT_DOUBLE_EQ(e.mean, 3. / 13);
  // (.5/.25)(10/13)² + (.9/.01)(3/13)², over 13².
  EXPECT_NEAR(e.mean_variance, (2 * 100 + 90 * 9) / 169. / 169, 1e-15);
}

TEST(HorvitzThompson, NothingDrawnIsNoMean) {
  const WeightedEstimate e = horvitz_thompson({});
  EXPECT_EQ(e.total, 0);
  EXPECT_TRUE(std::isnan(e.mean));
}

TEST(HorvitzThompson, IsUnbiasedAndKnowsItsVariance) {
  double sum = 0, squares = 0, variance = 0;
  constexpr int kRuns = 2000;
  for (int run = 0; run < kRuns; ++run) {
    Random random(3, 0, static_cast<uint64_t>(run));
    std::vector<DrawnItem> drawn;
    for (int i = 0; i < 300; ++i) {
      const DrawnItem item{double(i % 7 == 0), i % 3 ? .2 : .7};
      if (random.chance(item.pi)) drawn.push_back(item);
    }
    const WeightedEstimate e = horvitz_thompson(drawn);
    sum += e.total;
    squares += e.total * e.total;
    variance += e.total_variance;
  }
  const double mean = sum / kRuns;
  EXPECT_NEAR(mean, 43, .8);  // multiples of 7 below 300
  EXPECT_NEAR(variance / (squares - kRuns * mean * mean), 1, .1);
}

TEST(HorvitzThompson, RefusesWhatCannotBeDrawn) {
  EXPECT_THROW(horvitz_thompson(std::vector<DrawnItem>{{1, 0}}), Error);
  EXPECT_THROW(horvitz_thompson(std::vector<DrawnItem>{{1, 1.1}}), Error);
  EXPECT_THROW(horvitz_thompson(std::vector<DrawnItem>{{NAN, 1}}), Error);
}

}  // namespace
}  // namespace paucal::quality
