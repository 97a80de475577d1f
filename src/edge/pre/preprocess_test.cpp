#include "edge/pre/preprocess.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

PreprocessOptions options_for(const std::string& fit, int width, int height) {
  PreprocessOptions options;
  options.fit = fit;
  options.width = width;
  options.height = height;
  return options;
}

float value_at(const NetworkInput& input, int c, int x, int y) {
  return input.values[(static_cast<size_t>(c) * input.height + y) * input.width + x];
}

TEST(Preprocess, NativeShrinksButNeverGrows) {
  const auto options = options_for("native", 200, 200);
  const NetworkInput large = preprocess(Image(800, 404, 3), options);
  EXPECT_EQ(large.valid_width, 200);
  EXPECT_EQ(large.valid_height, 101);
  EXPECT_EQ(large.width, 208);
  EXPECT_EQ(large.height, 112);
  const NetworkInput small = preprocess(Image(30, 33, 1), options);
  EXPECT_EQ(small.valid_width, 30);
  EXPECT_EQ(small.width, 32);
  EXPECT_EQ(small.height, 48);
  EXPECT_EQ(small.channels, 3);
  const NetworkInput sliver = preprocess(Image(5000, 1, 1), options);
  EXPECT_EQ(sliver.valid_width, 200);
  EXPECT_EQ(sliver.valid_height, 1);
}

TEST(Preprocess, LetterboxFillsTheCanvas) {
  auto options = options_for("letterbox", 64, 64);
  const NetworkInput kept = preprocess(Image(16, 8, 3), options);
  EXPECT_EQ(kept.valid_width, 16);
  EXPECT_EQ(kept.width, 64);
  options.max_upscale = 2;
  EXPECT_EQ(preprocess(Image(16, 8, 3), options).valid_width, 32);
  options.max_upscale = 100;
  EXPECT_EQ(preprocess(Image(16, 8, 3), options).valid_width, 64);
  EXPECT_EQ(preprocess(Image(16, 8, 3), options).valid_height, 32);
}

TEST(Preprocess, SquashStretches) {
  const NetworkInput input = preprocess(Image(40, 10, 1), options_for("squash", 20, 30));
  EXPECT_EQ(input.valid_width, 20);
  EXPECT_EQ(input.valid_height, 30);
  EXPECT_EQ(input.values.size(), size_t{3} * 20 * 30);
}

TEST(Preprocess, GeometryLeadsBackToTheOriginal) {
  for (const std::string fit : {"native", "letterbox", "squash"}) {
    const NetworkInput input = preprocess(Image(300, 170, 1), options_for(fit, 96, 80));
    EXPECT_EQ(input.geometry.width(), input.width);
    EXPECT_EQ(input.geometry.height(), input.height);
    const Box valid{0, 0, static_cast<float>(input.valid_width),
                    static_cast<float>(input.valid_height)};
    const Box back = input.geometry.to_original(valid);
    EXPECT_NEAR(back.x1, 300, 1e-3) << fit;
    EXPECT_NEAR(back.y1, 170, 1e-3) << fit;
  }
}

// A bright dot must be found where the geometry says it is.
TEST(Preprocess, PixelsLieWhereTheGeometrySays) {
  Image image(300, 200, 1, 20);
  for (int y = 120; y < 130; ++y)
    for (int x = 220; x < 230; ++x) image.at(x, y) = 250;
  for (const std::string fit : {"native", "letterbox", "squash"}) {
    auto options = options_for(fit, 90, 90);
    options.channels = 1;
    const NetworkInput input = preprocess(image, options);
    double sum = 0, sum_x = 0, sum_y = 0;
    for (int y = 0; y < input.height; ++y)
      for (int x = 0; x < input.width; ++x) {
        const double w = value_at(input, 0, x, y) - input.values[0];
        sum += w;
        sum_x += w * (x + 0.5);
        sum_y += w * (y + 0.5);
      }
    const auto [x, y] = input.geometry.to_original(sum_x / sum, sum_y / sum);
    EXPECT_NEAR(x, 225, 0.3) << fit;
    EXPECT_NEAR(y, 125, 0.3) << fit;
  }
}

TEST(Preprocess, NormalisesByTheImage) {
  const Image image = fixtures::gradient(64, 48);
  const NetworkInput input = preprocess(image, options_for("native", 64, 64));
  const double count = static_cast<double>(input.values.size());
  const double mean = std::accumulate(input.values.begin(), input.values.end(), 0.0) / count;
  double variance = 0;
  for (const float v : input.values) variance += (v - mean) * (v - mean) / count;
  EXPECT_NEAR(mean, 0, 1e-4);
  EXPECT_NEAR(variance, 1, 1e-3);
}

TEST(Preprocess, BlankImagesAreNotBlownUp) {
  Image image(32, 32, 1, 100);
  image.at(3, 3) = 101;  // sensor noise of one level
  auto options = options_for("native", 32, 32);
  options.channels = 1;
  for (const float v : preprocess(image, options).values) EXPECT_LT(std::abs(v), 0.26f);
}

TEST(Preprocess, NormalisesByFixedNumbers) {
  Image image(1, 1, 3);
  image.pixels = {0, 51, 255};
  auto options = options_for("squash", 1, 1);
  options.normalise = "fixed";
  options.mean = {0.5, 0.2, 0};
  options.std = {0.5, 1, 2};
  EXPECT_THAT(preprocess(image, options).values, testing::ElementsAre(-1, 0, 0.5));
  options.mean = {0.5};
  options.std = {0.5};
  EXPECT_THAT(preprocess(image, options).values,
              testing::ElementsAre(-1, testing::FloatNear(-0.6f, 1e-6f), 1));
}

TEST(Preprocess, PadsWithTheEdgeOrTheMean) {
  const Image image = fixtures::gradient(20, 20);
  auto options = options_for("native", 64, 64);
  const NetworkInput edge = preprocess(image, options);
  EXPECT_EQ(value_at(edge, 1, 31, 7), value_at(edge, 1, 19, 7));
  EXPECT_EQ(value_at(edge, 2, 5, 31), value_at(edge, 2, 5, 19));
  EXPECT_EQ(value_at(edge, 0, 31, 31), value_at(edge, 0, 19, 19));
  options.pad = "mean";
  const NetworkInput mean = preprocess(image, options);
  EXPECT_EQ(value_at(mean, 1, 31, 7), 0);
  EXPECT_EQ(value_at(mean, 1, 7, 31), 0);
  EXPECT_EQ(value_at(mean, 1, 19, 7), value_at(edge, 1, 19, 7));
}

TEST(Preprocess, HalvesMakeTheWhole) {
  const Image image = fixtures::gradient(120, 90);
  const auto options = options_for("letterbox", 64, 64);
  const Fitted fitted = fit_image(image, options);
  std::vector<float> values(3 * 64 * 64);
  normalise_to(fitted.image, options, 64, 64, values.data());
  EXPECT_EQ(values, preprocess(image, options).values);
}

TEST(Preprocess, CutsWhatTheCanvasCannotHold) {
  auto options = options_for("native", 64, 64);
  std::vector<float> values(3 * 8 * 8, 7e7f);
  normalise_to(fixtures::gradient(20, 20), options, 8, 8, values.data());
  for (const float v : values) EXPECT_LT(std::abs(v), 10);
}

TEST(Preprocess, EmptyInEmptyOut) {
  EXPECT_TRUE(preprocess(Image(), PreprocessOptions()).values.empty());
}

TEST(PreprocessOptions, ChecksWhatSingleBoundsCannot) {
  PreprocessOptions options;
  EXPECT_FALSE(check(options));
  options.channels = 2;
  EXPECT_TRUE(check(options));
  options.channels = 1;
  EXPECT_FALSE(check(options));  // mean and std are not used
  options.normalise = "fixed";
  ASSERT_TRUE(check(options));
  EXPECT_EQ(check(options)->message, "3 means and 3 stds for 1 channels, expected 1 or 1 of each");
  options.mean = options.std = {0.5};
  EXPECT_FALSE(check(options));
}

TEST(PreprocessOptions, AreVisited) {
  PreprocessOptions options;
  Options fields = options_of(options);
  fields.set("fit", "squash");
  fields.set("mean", "0.1,0.2,0.3");
  EXPECT_EQ(options.fit, "squash");
  EXPECT_EQ(options.mean[2], 0.3);
  EXPECT_ANY_THROW(fields.set("fit", "crop"));
}

}  // namespace
}  // namespace paucal::edge
