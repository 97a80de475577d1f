#include "data/feed/tight_box.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace paucal::data {
namespace {

edge::Image noise(int channels = 1) {
  edge::Image image(96, 80, channels);
  Random random(3);
  for (auto& pixel : image.pixels) pixel = static_cast<uint8_t>(100 + 2 * random.normal());
  return image;
}

TEST(TightBox, EndsWhereTheObjectEnds) {
  edge::Image image = noise(3);
  for (int i = 0; i < 30; ++i)
    for (int c = 0; c < 3; ++c)
      if (i < 12 || i > 13) image.at(20 + i, 30 + i / 2, c) = 160;  // a scratch, with a gap
  const auto tight = tight_box(image, {15, 24, 58, 52});
  ASSERT_TRUE(tight.has_value());
  // Smoothed, a strong edge reaches a little farther.
  EXPECT_NEAR(tight->x0, 20, 2);
  EXPECT_NEAR(tight->y0, 30, 2);
  EXPECT_NEAR(tight->x1, 50, 2);
  EXPECT_NEAR(tight->y1, 45, 2);
  const auto cut = tight_box(image, {-9, 24, 36, 44});
  ASSERT_TRUE(cut.has_value()) << "a box may lie beyond the image";
}

TEST(TightBox, SaysNothingWhereNothingDiffers) {
  EXPECT_FALSE(tight_box(edge::Image(96, 80, 1, 100), {20, 20, 40, 40}).has_value());
  EXPECT_FALSE(tight_box(noise(), {200, 20, 240, 40}).has_value()) << "outside";
  EXPECT_FALSE(tight_box(edge::Image(8, 8, 1, 100), {0, 0, 8, 8}).has_value()) << "no ring";
}

}  // namespace
}  // namespace paucal::data
