#include "train/best.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace paucal::train {
namespace {

TEST(Best, TheHighestScoreAndOfEqualOnesTheFirst) {
  Best best;
  EXPECT_FALSE(best.exists());
  EXPECT_TRUE(best.offer(-.5, 3));
  EXPECT_FALSE(best.offer(-.5, 4));
  EXPECT_TRUE(best.offer(.25, 5));
  EXPECT_FALSE(best.offer(.2, 6));
  EXPECT_EQ(best.step, 5);
  EXPECT_EQ(best.score, .25);
}

TEST(Best, AnUndefinedScoreNeverCounts) {
  Best best;
  EXPECT_FALSE(best.offer(std::nan(""), 1));
  EXPECT_FALSE(best.offer(std::numeric_limits<double>::infinity(), 2));
  EXPECT_FALSE(best.exists());
  EXPECT_TRUE(best.offer(.1, 3)) << "the next defined one counts";
  EXPECT_FALSE(best.offer(std::nan(""), 4));
  EXPECT_EQ(best.step, 3);
}

TEST(Best, RoundTrip) {
  for (const Best best : {Best{}, Best{.step = 7, .score = .1 + .2}}) {
    const Best read = best_from_json(Json::parse(to_json(best).dump()));
    EXPECT_EQ(read.step, best.step);
    EXPECT_EQ(read.score, best.score);
  }
  EXPECT_FALSE(best_from_json({{"best_step", 4}, {"best_score", nullptr}}).exists());
  EXPECT_THROW(best_from_json({{"best_step", 4}}), Json::exception);
}

}  // namespace
}  // namespace paucal::train
