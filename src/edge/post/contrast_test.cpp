#include "edge/post/contrast.h"

#include <gtest/gtest.h>

#include <limits>

namespace paucal::edge {
namespace {

TEST(Contrast, IsTheMeanInsideLessThatOfTheRing) {
  const std::vector<int64_t> values = {1, 1, 1, 1,  //
                                       1, 9, 9, 1,  //
                                       1, 9, 9, 1,  //
                                       1, 1, 1, 13};
  const Contrast contrast(values, 4, 4);
  EXPECT_DOUBLE_EQ(contrast({1, 1, 3, 3}), 9 - 2);  // 11 times 1 and a 13
  EXPECT_DOUBLE_EQ(contrast({0, 0, 1, 1}), 1 - 11. / 3);
  EXPECT_DOUBLE_EQ(contrast({0, 0, 4, 4}), 0);
}

TEST(Contrast, NormalisedMapsAreShiftedAndStretchedAlike) {
  Map map(3, 1);
  map.values = {-1, 0, 1};
  const std::vector<int64_t> plain = normalised(map);
  EXPECT_EQ(plain, (std::vector<int64_t>{-1254, 0, 1254}));  // 1024 · sqrt(3/2)
  map.values = {99, 100, 101};
  EXPECT_EQ(normalised(map), plain);
  map.values = {-8, 0, 8};
  EXPECT_EQ(normalised(map), plain);
}

TEST(Contrast, NormalisedMapsHoldNothingInfinite) {
  Map map(4, 1);
  map.values = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1,
                3};
  const std::vector<int64_t> values = normalised(map);
  EXPECT_EQ(values[0], 0);
  EXPECT_EQ(values[1], values[3]);
  EXPECT_EQ(values[2], -values[3]);
  EXPECT_EQ(normalised(Map(2, 2, 7)), (std::vector<int64_t>(4, 0)));
}

}  // namespace
}  // namespace paucal::edge
