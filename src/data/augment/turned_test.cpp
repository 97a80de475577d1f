#include "data/augment/turned.h"

#include <gtest/gtest.h>

#include "edge/image/deep.h"

namespace paucal::data {
namespace {

edge::Fitted dotted() {
  edge::Fitted fitted{.image = edge::Image(21, 21, 1), .geometry = edge::Geometry(21, 21)};
  for (int y = 14; y < 17; ++y)
    for (int x = 10; x < 13; ++x) fitted.image.at(x, y) = 200;
  return fitted;
}

TEST(Turned, AQuarterTurnMovesWhatIsBelowToTheRight) {
  const edge::Fitted after = turned(dotted(), 90);
  EXPECT_EQ(after.image.width, 21);
  EXPECT_GT(after.image.at(15, 9), 150);
  EXPECT_LT(after.image.at(10, 15), 50);
}

TEST(Turned, TheGeometryLeadsBack) {
  const edge::Fitted after = turned(dotted(), 30);
  double x = 0, y = 0, sum = 0;
  for (int row = 0; row < 21; ++row)
    for (int column = 0; column < 21; ++column) {
      const double value = after.image.at(column, row);
      x += value * (column + .5);
      y += value * (row + .5);
      sum += value;
    }
  const auto [back_x, back_y] = after.geometry.to_original(x / sum, y / sum);
  EXPECT_NEAR(back_x, 11.5, .3);
  EXPECT_NEAR(back_y, 15.5, .3);
}

TEST(Turned, AtFullDepthToo) {
  edge::Fitted deep = dotted();
  deep.image = edge::deepened(deep.image);
  const edge::Image plain = turned(dotted(), 30).image;
  const edge::Image flat = edge::flattened(turned(deep, 30).image);
  for (size_t i = 0; i < plain.pixels.size(); ++i) ASSERT_NEAR(plain.pixels[i], flat.pixels[i], 6);
}

TEST(Turned, NoTurnIsTheImage) {
  EXPECT_EQ(turned(dotted(), 0).image.pixels, dotted().image.pixels);
}

}  // namespace
}  // namespace paucal::data
