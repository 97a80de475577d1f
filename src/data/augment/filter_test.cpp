#include "data/augment/filter.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "data/augment/blend.h"
#include "data/augment/border.h"
#include "data/augment/pil_golden.h"

namespace paucal::data {
namespace {

using testing::Each;

TEST(Sharpen, IsPilsWithinOne) {
  Scratch scratch;
  edge::Image out;
  for (const auto& [factor, expected] :
       {std::pair{0.23, pil::kSharpness}, std::pair{1.9, pil::kSharpnessOver}}) {
    sharpen(pil::input(), factor, out, scratch);
    for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(out.pixels[i], expected[i], 1) << i;
  }
}

TEST(Sharpen, WideImagesEqualOnePixelAtATime) {
  Scratch scratch;
  edge::Image out;
  for (const int channels : {1, 3})
    for (const int width : {1, 2, 3, 22, 23, 64, 67, 131}) {
      const edge::Image in = pil::scattered(width, 5, channels, 9);
      sharpen(in, 0.4, out, scratch);
      for (int y = 0; y < 5; ++y)
        for (int x = 0; x < width; ++x)
          for (int c = 0; c < channels; ++c) {
            int expected = in.at(x, y, c);
            if (x > 0 && y > 0 && x < width - 1 && y < 4) {
              int sum = 4 * expected;
              for (int dy = -1; dy <= 1; ++dy)
                for (int dx = -1; dx <= 1; ++dx) sum += in.at(x + dx, y + dy, c);
              expected = blend((2 * sum + 13) / 26, expected, blend_weight(0.4));
            }
            ASSERT_EQ(out.at(x, y, c), expected) << width << " at " << x << ", " << y;
          }
    }
}

TEST(Blur, IsTheGaussianWithinOneAndAHalf) {
  const edge::Image in = pil::scattered(41, 17, 3, 21);
  const double sigma = 1.3;
  const int radius = 4;
  Scratch scratch;
  edge::Image out;
  gaussian_blur(in, sigma, out, scratch);
  double total = 0;
  for (int k = -radius; k <= radius; ++k) total += std::exp(-0.5 * k * k / (sigma * sigma));
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < in.width; ++x) {
      double sum = 0;
      for (int j = -radius; j <= radius; ++j)
        for (int i = -radius; i <= radius; ++i)
          sum += std::exp(-0.5 * (i * i + j * j) / (sigma * sigma)) *
                 in.at(static_cast<int>(mirror(x + i, in.width)),
                       static_cast<int>(mirror(y + j, in.height)), 1);
      ASSERT_NEAR(out.at(x, y, 1), sum / (total * total), 2.5) << x << ", " << y;
    }
}

TEST(Blur, KeepsFlatImagesForEverySigma) {
  Scratch scratch;
  edge::Image out;
  for (const double sigma : {0.0, 0.2, 0.5, 1.0, 3.0, 10.0, 20.0, 1000.0})
    for (const int value : {0, 100, 255}) {
      gaussian_blur(edge::Image(9, 4, 3, static_cast<uint8_t>(value)), sigma, out, scratch);
      EXPECT_THAT(out.pixels, Each(value)) << sigma;
    }
}

TEST(Noise, HasTheAskedMeanAndDeviation) {
  edge::Image image(200, 200, 3, 128);
  Random random(4);
  gaussian_noise(image, 10, random);
  double sum = 0, squares = 0;
  for (const uint8_t v : image.pixels) {
    sum += v;
    squares += v * v;
  }
  const double n = static_cast<double>(image.pixels.size()), mean = sum / n;
  EXPECT_NEAR(mean, 128, 0.15);
  EXPECT_NEAR(std::sqrt(squares / n - mean * mean), 10, 0.15);

  edge::Image same(8, 8, 1, 200);
  gaussian_noise(same, 0, random);
  EXPECT_THAT(same.pixels, Each(200));
}

}  // namespace
}  // namespace paucal::data
