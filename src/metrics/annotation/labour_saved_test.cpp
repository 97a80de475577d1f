#include "metrics/annotation/labour_saved.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace paucal::metrics {
namespace {

TEST(LabourSaved, TheFirstPointThatIsGoodEnoughCounts) {
  const std::vector<LabourPoint> points = {{0, .5}, {100, NAN}, {200, .8}, {300, .7}, {400, .9}};
  EXPECT_EQ(seconds_until(points, .5), 0);
  EXPECT_EQ(seconds_until(points, .75), 200) << "not the last that is not";
  EXPECT_EQ(seconds_until(points, .9), 400);
  EXPECT_EQ(seconds_until(points, .91), std::nullopt);
  EXPECT_EQ(seconds_until(points, NAN), std::nullopt);
  EXPECT_EQ(seconds_until({}, 0), std::nullopt);
}

TEST(LabourSaved, IsAShareOfDrawing) {
  EXPECT_DOUBLE_EQ(*labour_saved(100, 1000), .9);
  EXPECT_DOUBLE_EQ(*labour_saved(0, 1000), 1);
  EXPECT_DOUBLE_EQ(*labour_saved(1500, 1000), -.5) << "it took longer";
  EXPECT_EQ(labour_saved(std::nullopt, 1000), std::nullopt);
  EXPECT_EQ(labour_saved(0, 0), std::nullopt);
}

}  // namespace
}  // namespace paucal::metrics
