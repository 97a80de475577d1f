#include "edge/post/sub_cells.h"

#include <gtest/gtest.h>

#include <cmath>

namespace paucal::edge {
namespace {

TEST(SubCells, ChannelsBecomePlaces) {
  Planes cells{4, 1, 2, {}};
  for (int i = 0; i < 8; ++i) cells.values.push_back(static_cast<float>(i));
  const Planes map = spread_cells(cells, 2);
  EXPECT_EQ(map.channels, 1);
  EXPECT_EQ(map.height, 2);
  EXPECT_EQ(map.width, 4);
  EXPECT_EQ(map.values, (std::vector<float>{0, 2, 1, 3, 4, 6, 5, 7}));
  EXPECT_EQ(spread_cells(map, 1).values, map.values);
  const Planes peaks = cell_peaks(map, 2);
  EXPECT_EQ(peaks.values, (std::vector<float>{6, 7}));
}

TEST(SubCells, APlaceThatIsNoNumberIsNotHidden) {
  const Planes map{1, 2, 2, {1, NAN, 2, 0}};
  EXPECT_TRUE(std::isnan(cell_peaks(map, 2).values[0]));
}

}  // namespace
}  // namespace paucal::edge
