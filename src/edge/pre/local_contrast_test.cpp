#include "edge/pre/local_contrast.h"

#include <gtest/gtest.h>

#include <cmath>

namespace paucal::edge {
namespace {

TEST(LocalContrast, EqualsTheDefinition) {
  Image image(7, 5, 1);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(37 * i * i % 251);
  double sum = 0, squares = 0;
  for (const double v : image.pixels) sum += v, squares += v * v;
  const double n = static_cast<double>(image.pixels.size());
  const double epsilon = .1 * std::sqrt(squares / n - sum / n * (sum / n)) + 1;

  std::vector<float> plane(9 * 6, -7.f);
  local_contrast(image, 1, 9, 6, plane.data());
  for (int y = 0; y < 5; ++y)
    for (int x = 0; x < 7; ++x) {
      double s = 0, q = 0, count = 0;
      for (int j = std::max(0, y - 1); j <= std::min(4, y + 1); ++j)
        for (int i = std::max(0, x - 1); i <= std::min(6, x + 1); ++i) {
          s += image.at(i, j);
          q += image.at(i, j) * image.at(i, j);
          ++count;
        }
      const double deviation = std::sqrt(std::max(0., q / count - s / count * (s / count)));
      EXPECT_NEAR(plane[static_cast<size_t>(y) * 9 + x],
                  (image.at(x, y) - s / count) / (deviation + epsilon), 1e-5);
    }
  EXPECT_EQ(plane[7], -7.f) << "padding must be left alone";
}

TEST(LocalContrast, LightDoesNotMatter) {
  Image dark(32, 32, 1, 40), light(32, 32, 1, 160);
  dark.at(16, 16) = 20;
  light.at(16, 16) = 140;
  std::vector<float> a(32 * 32), b(32 * 32);
  local_contrast(dark, 4, 32, 32, a.data());
  local_contrast(light, 4, 32, 32, b.data());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-4);
}

}  // namespace
}  // namespace paucal::edge
