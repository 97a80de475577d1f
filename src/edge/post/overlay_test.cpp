#include "edge/post/overlay.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "edge/pre/channels.h"

namespace paucal::edge {
namespace {

TEST(Overlay, MoreHeatIsLighter) {
  int before = -1;
  for (int i = 0; i <= 20; ++i) {
    const Colour c = heat_colour(static_cast<float>(i) / 20);
    const int light = luma(c[0], c[1], c[2]);
    EXPECT_GT(light, before) << i;
    before = light;
  }
  EXPECT_EQ(heat_colour(-1), heat_colour(0));
  EXPECT_EQ(heat_colour(2), heat_colour(1));
  EXPECT_EQ(heat_colour(std::nanf("")), heat_colour(0));
}

TEST(Overlay, LowHeatLeavesTheImage) {
  const Image image(20, 10, 1, 90);
  const Image cold = overlay_heat(image, Map(5, 5, 0.09f), 0.8f);
  EXPECT_EQ(cold.pixels, with_channels(image, 3).pixels);
  const Image hot = overlay_heat(image, Map(5, 5, 1.f), 1.f);
  const Colour full = heat_colour(1);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(hot.at(7, 3, c), full[c]);
  const Image half = overlay_heat(image, Map(5, 5, 1.f), 0.5f);
  for (int c = 0; c < 3; ++c) EXPECT_NEAR(half.at(7, 3, c), (90 + full[c]) / 2.0, 1);
}

TEST(Overlay, HeatLiesWhereTheMapHasIt) {
  Map heat(4, 2);
  heat.at(3, 0) = 1;
  const Image out = overlay_heat(Image(40, 20, 3, 50), heat, 1);
  EXPECT_NE(out.at(38, 2, 0), 50);
  EXPECT_EQ(out.at(2, 2, 0), 50);
  EXPECT_EQ(out.at(38, 18, 0), 50);
}

TEST(Overlay, EmptyInputs) {
  EXPECT_TRUE(overlay_heat(Image(), Map(3, 3, 1), 1).empty());
  EXPECT_EQ(overlay_heat(Image(4, 4, 3, 9), Map(), 1).at(0, 0), 9);
}

TEST(DrawBox, FramesTheOutside) {
  Image image(20, 20, 3);
  draw_box(image, {5, 6, 10, 12}, {255, 128, 0}, 2);
  int painted = 0;
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) painted += image.at(x, y, 0) == 255;
  EXPECT_EQ(painted, 9 * 10 - 5 * 6);
  EXPECT_EQ(image.at(3, 4, 1), 128);
  EXPECT_EQ(image.at(5, 6, 0), 0);
  EXPECT_EQ(image.at(9, 11, 0), 0);
  EXPECT_EQ(image.at(10, 12, 0), 255);
}

TEST(DrawBox, ClipsAndSurvivesNonsense) {
  Image image(8, 8, 1);
  draw_box(image, {-5, -5, 4, 4}, {255, 255, 255}, 1);
  EXPECT_EQ(image.at(4, 0), 255);
  EXPECT_EQ(image.at(0, 0), 0);
  const float infinity = std::numeric_limits<float>::infinity();
  draw_box(image, {-infinity, 2, infinity, 3}, {9, 9, 9}, 1);
  draw_box(image, {std::nanf(""), 2, 1, 3}, {200, 200, 200}, 1);
  draw_box(image, {1e30f, 1e30f, 2e30f, 2e30f}, {200, 200, 200}, 5);
  EXPECT_EQ(image.at(0, 1), 9);
  Image none;
  draw_box(none, {0, 0, 1, 1}, {1, 2, 3}, 2);
}

}  // namespace
}  // namespace paucal::edge
