#include "edge/pre/resize.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace paucal::edge {
namespace {

Image noise(int width, int height, int channels) {
  Image image(width, height, channels);
  Random random(5, width, height);
  for (auto& value : image.pixels) value = static_cast<uint8_t>(random.below(256));
  return image;
}

// The definition, in doubles: the triangle filter at one output position.
double exact(const Image& image, int width, int height, int x, int y, int c) {
  const double step_x = static_cast<double>(image.width) / width;
  const double step_y = static_cast<double>(image.height) / height;
  const double radius_x = std::max(1.0, step_x), radius_y = std::max(1.0, step_y);
  double sum = 0, weights = 0;
  for (int v = 0; v < image.height; ++v)
    for (int u = 0; u < image.width; ++u) {
      const double dx = std::abs(u + 0.5 - (x + 0.5) * step_x) / radius_x;
      const double dy = std::abs(v + 0.5 - (y + 0.5) * step_y) / radius_y;
      const double weight = std::max(0.0, 1 - dx) * std::max(0.0, 1 - dy);
      sum += weight * image.at(u, v, c);
      weights += weight;
    }
  return sum / weights;
}

TEST(Resize, MatchesTheDefinition) {
  const Image grey = noise(37, 29, 1), rgb = noise(23, 31, 3);
  for (const Image& image : {grey, rgb})
    for (const auto& [w, h] : {std::pair{11, 9}, {37, 7}, {60, 80}, {1, 1}, {5, 200}, {36, 30}}) {
      const Image small = resize(image, w, h);
      ASSERT_EQ(small.width, w);
      ASSERT_EQ(small.height, h);
      ASSERT_EQ(small.channels, image.channels);
      for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
          for (int c = 0; c < image.channels; ++c)
            ASSERT_NEAR(small.at(x, y, c), exact(image, w, h, x, y, c), 0.6)
                << w << "×" << h << " at " << x << "," << y;
    }
}

TEST(Resize, FlatStaysFlat) {
  for (int value : {0, 1, 127, 255})
    for (const auto& [w, h] : {std::pair{7, 13}, {333, 211}}) {
      const Image out = resize(Image(100, 90, 3, static_cast<uint8_t>(value)), w, h);
      for (const uint8_t v : out.pixels) ASSERT_EQ(v, value);
    }
}

TEST(Resize, AThinLineFadesButStays) {
  Image image(400, 40, 1, 100);
  for (int y = 0; y < 40; ++y) image.at(201, y) = 200;
  const Image small = resize(image, 100, 10);
  double extra = 0;
  for (int x = 0; x < 100; ++x) extra += small.at(x, 5) - 100;
  EXPECT_NEAR(extra, 100.0 / 4, 2);  // its light, spread over pixels four times as wide
}

TEST(Resize, SameSizeIsTheSameImage) {
  const Image image = noise(20, 10, 3);
  EXPECT_EQ(resize(image, 20, 10).pixels, image.pixels);
}

TEST(Resize, NothingGivesNothing) {
  EXPECT_TRUE(resize(Image(), 10, 10).empty());
  EXPECT_TRUE(resize(Image(4, 4, 1), 0, 10).empty());
  EXPECT_TRUE(resize(Map(), 10, 10).values.empty());
  EXPECT_TRUE(resize(Map(4, 4), 3, -1).values.empty());
}

// torch.nn.functional.interpolate([[1, 2, 4]], size=6, mode="bilinear", align_corners=False).
TEST(ResizeMap, HalfPixelCentres) {
  Map map(3, 1);
  map.values = {1, 2, 4};
  const Map wide = resize(map, 6, 2);
  const std::vector<float> row = {1, 1.25f, 1.75f, 2.5f, 3.5f, 4};
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 6; ++x) EXPECT_FLOAT_EQ(wide.at(x, y), row[x]);
}

TEST(ResizeMap, ALinearRampStaysLinear) {
  Map ramp(16, 12);
  for (int y = 0; y < 12; ++y)
    for (int x = 0; x < 16; ++x) ramp.at(x, y) = 2.f * (x + 0.5f) + 3.f * (y + 0.5f);
  const Map large = resize(ramp, 128, 96);
  for (int y = 4; y < 92; ++y)
    for (int x = 4; x < 124; ++x)
      ASSERT_NEAR(large.at(x, y), (2.f * (x + 0.5f) + 3.f * (y + 0.5f)) / 8, 1e-4);
}

}  // namespace
}  // namespace paucal::edge
