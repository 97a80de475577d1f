#include "spool/image_statistics.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "edge/image/deep.h"

namespace paucal::spool {
namespace {

TEST(ImageStatistics, OfOneColourAreItsLumaAndNothing) {
  edge::Image image(40, 30, 3);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 40; ++x) image.at(x, y, 0) = 200;
  const ImageStatistics s = image_statistics(image);
  EXPECT_NEAR(s.mean, .299 * 200, 1e-9);
  EXPECT_NEAR(s.spread, 0, 1e-5);
  EXPECT_NEAR(s.sharpness, 0, 1e-6);
}

TEST(ImageStatistics, OfASmallImageAreThoseOfAllItsPixels) {
  edge::Image image(3, 3, 1, 10);
  image.at(1, 1) = 100;
  const ImageStatistics s = image_statistics(image);
  EXPECT_NEAR(s.mean, 20, 1e-9);
  EXPECT_NEAR(s.spread, std::sqrt(800.), 1e-9);
  EXPECT_NEAR(s.sharpness, 0, 1e-9);  // one place has no variance
}

TEST(ImageStatistics, OfEmptyAndNarrowImagesAreFinite) {
  for (const auto& [width, height] : {std::pair{0, 0}, {1, 1}, {1, 900}, {70'000, 2}}) {
    const ImageStatistics s = image_statistics(edge::Image(width, height, 1, 7));
    EXPECT_EQ(s.mean, width == 0 ? 0 : 7);
    EXPECT_EQ(s.sharpness, 0);
  }
}

// The grid of a large image says what all pixels say.
TEST(ImageStatistics, TellBrighterFlatterAndBlurredImages) {
  edge::Image noise(700, 500, 1), dim = noise, smooth = noise;
  Random random(1);
  for (uint8_t& v : noise.pixels) v = static_cast<uint8_t>(random.below(256));
  for (size_t i = 0; i < noise.pixels.size(); ++i) {
    dim.pixels[i] = noise.pixels[i] / 2;
    const size_t at = std::clamp<size_t>(i, 1, noise.pixels.size() - 2);
    smooth.pixels[i] =
        static_cast<uint8_t>((noise.pixels[at - 1] + noise.pixels[at] + noise.pixels[at + 1]) / 3);
  }
  const ImageStatistics n = image_statistics(noise), d = image_statistics(dim),
                        b = image_statistics(smooth);
  EXPECT_NEAR(n.mean, 127.5, 3);
  EXPECT_NEAR(n.spread, 73.9, 2);
  EXPECT_NEAR(d.mean, n.mean / 2, 1);
  EXPECT_LT(b.sharpness, n.sharpness / 2);
}

TEST(ImageStatistics, OfDeepImagesAreOnTheSameScale) {
  const edge::Image deep = edge::deep_image(8, 8, 1, std::vector<uint16_t>(64, 257 * 90));
  EXPECT_NEAR(image_statistics(deep).mean, 90, 1e-9);
}

}  // namespace
}  // namespace paucal::spool
