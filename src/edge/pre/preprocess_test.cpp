#include "edge/pre/preprocess.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "edge/image/deep.h"
#include "edge/pre/fixtures.h"

namespace paucal::edge {
namespace {

PreprocessOptions options_for(Fit fit, int width, int height) {
  PreprocessOptions options;
  options.fit = fit;
  options.width = width;
  options.height = height;
  return options;
}

// Both halves, as they are run without augmentation.
struct NetworkInput {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;  // [channels, height, width]
  Geometry geometry;          // network pixels → original pixels
  int valid_width = 0, valid_height = 0;
};

NetworkInput preprocess(const Image& image, const PreprocessOptions& options) {
  const Fitted fitted = fit_image(image, options);
  const auto [width, height] = canvas_size(fitted.image, options);
  NetworkInput input{network_channels(options), height, width, {}, fitted.geometry, 0, 0};
  input.values.resize(static_cast<size_t>(input.channels) * width * height);
  normalise_to(fitted.image, options, width, height, input.values.data());
  input.valid_width = fitted.image.width;
  input.valid_height = fitted.image.height;
  input.geometry =
      fitted.geometry.padded(0, 0, width - fitted.image.width, height - fitted.image.height);
  return input;
}

float value_at(const NetworkInput& input, int c, int x, int y) {
  return input.values[(static_cast<size_t>(c) * input.height + y) * input.width + x];
}

TEST(Preprocess, NativeShrinksButNeverGrows) {
  const auto options = options_for(Fit::kNative, 200, 200);
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
  auto options = options_for(Fit::kLetterbox, 64, 64);
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
  const NetworkInput input = preprocess(Image(40, 10, 1), options_for(Fit::kSquash, 20, 30));
  EXPECT_EQ(input.valid_width, 20);
  EXPECT_EQ(input.valid_height, 30);
  EXPECT_EQ(input.values.size(), size_t{3} * 20 * 30);
}

TEST(Preprocess, GeometryLeadsBackToTheOriginal) {
  for (const Fit fit : {Fit::kNative, Fit::kLetterbox, Fit::kSquash}) {
    const NetworkInput input = preprocess(Image(300, 170, 1), options_for(fit, 96, 80));
    EXPECT_EQ(input.geometry.width(), input.width);
    EXPECT_EQ(input.geometry.height(), input.height);
    const Box valid{0, 0, static_cast<float>(input.valid_width),
                    static_cast<float>(input.valid_height)};
    const Box back = input.geometry.to_original(valid);
    EXPECT_NEAR(back.x1, 300, 1e-3) << kFitNames[static_cast<size_t>(fit)];
    EXPECT_NEAR(back.y1, 170, 1e-3) << kFitNames[static_cast<size_t>(fit)];
  }
}

// A bright dot must be found where the geometry says it is.
TEST(Preprocess, PixelsLieWhereTheGeometrySays) {
  Image image(300, 200, 1, 20);
  for (int y = 120; y < 130; ++y)
    for (int x = 220; x < 230; ++x) image.at(x, y) = 250;
  for (const Fit fit : {Fit::kNative, Fit::kLetterbox, Fit::kSquash}) {
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
    EXPECT_NEAR(x, 225, 0.3) << kFitNames[static_cast<size_t>(fit)];
    EXPECT_NEAR(y, 125, 0.3) << kFitNames[static_cast<size_t>(fit)];
  }
}

TEST(Preprocess, NormalisesByTheImage) {
  const Image image = fixtures::gradient(64, 48);
  const NetworkInput input = preprocess(image, options_for(Fit::kNative, 64, 64));
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
  auto options = options_for(Fit::kNative, 32, 32);
  options.channels = 1;
  for (const float v : preprocess(image, options).values) EXPECT_LT(std::abs(v), 0.26f);
}

TEST(Preprocess, NormalisesByFixedNumbers) {
  Image image(1, 1, 3);
  image.pixels = {0, 51, 255};
  auto options = options_for(Fit::kSquash, 1, 1);
  options.normalise = Normalise::kFixed;
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
  auto options = options_for(Fit::kNative, 64, 64);
  const NetworkInput edge = preprocess(image, options);
  EXPECT_EQ(value_at(edge, 1, 31, 7), value_at(edge, 1, 19, 7));
  EXPECT_EQ(value_at(edge, 2, 5, 31), value_at(edge, 2, 5, 19));
  EXPECT_EQ(value_at(edge, 0, 31, 31), value_at(edge, 0, 19, 19));
  options.pad = Pad::kMean;
  const NetworkInput mean = preprocess(image, options);
  EXPECT_EQ(value_at(mean, 1, 31, 7), 0);
  EXPECT_EQ(value_at(mean, 1, 7, 31), 0);
  EXPECT_EQ(value_at(mean, 1, 19, 7), value_at(edge, 1, 19, 7));
}

TEST(Preprocess, StretchesToTheNearestMultipleInsteadOfPadding) {
  auto options = options_for(Fit::kNative, 512, 512);
  options.multiple = 32;
  options.pad = Pad::kStretch;
  const std::array<std::array<int, 4>, 4> cases = {
      {{100, 79, 96, 64}, {80, 15, 96, 32}, {1, 600, 32, 512}, {128, 32, 128, 32}}};
  for (const auto& [width, height, fitted_width, fitted_height] : cases) {
    const Fitted fitted = fit_image(fixtures::gradient(width, height), options);
    EXPECT_EQ(fitted.image.width, fitted_width);
    EXPECT_EQ(fitted.image.height, fitted_height);
    EXPECT_EQ(canvas_size(fitted.image, options), (std::array{fitted_width, fitted_height}));
    const Box whole = fitted.geometry.to_original(
        Box{0, 0, static_cast<float>(fitted_width), static_cast<float>(fitted_height)});
    EXPECT_FLOAT_EQ(whole.x1, static_cast<float>(width));
    EXPECT_FLOAT_EQ(whole.y1, static_cast<float>(height));
  }
}

TEST(Preprocess, CutsWhatTheCanvasCannotHold) {
  auto options = options_for(Fit::kNative, 64, 64);
  std::vector<float> values(3 * 8 * 8, 7e7f);
  normalise_to(fixtures::gradient(20, 20), options, 8, 8, values.data());
  for (const float v : values) EXPECT_LT(std::abs(v), 10);
}

TEST(Preprocess, EmptyInEmptyOut) {
  EXPECT_TRUE(fit_image(Image(), PreprocessOptions()).image.empty());
  float untouched = 7;
  normalise_to(Image(), PreprocessOptions(), 1, 1, &untouched);
  EXPECT_EQ(untouched, 7);
}

// A surface at 30,000 of 65,535 with a noise of 3 levels, and 16 pixels that are 20 levels darker.
Image faint(int width, int height, int defect = 20) {
  std::vector<uint16_t> samples;
  for (int i = 0; i < width * height; ++i)
    samples.push_back(static_cast<uint16_t>(30000 + static_cast<int>(i * 2654435761u >> 29) - 4));
  for (int i = 0; i < 16; ++i)
    samples[static_cast<size_t>((8 + i / 4) * width + 8 + i % 4)] -= static_cast<uint16_t>(defect);
  return deep_image(width, height, 1, std::move(samples));
}

TEST(Preprocess, FullDepthKeepsTwentyLevelsApart) {
  PreprocessOptions options = options_for(Fit::kNative, 64, 64);
  options.channels = 1;
  options.local_contrast = {7};
  options.depth = Depth::k16;
  const NetworkInput deep = preprocess(faint(32, 32), options),
                     clean = preprocess(faint(32, 32, 0), options);
  EXPECT_LT(value_at(deep, 0, 9, 9), value_at(clean, 0, 9, 9) - 3);
  EXPECT_LT(value_at(deep, 1, 9, 9), -1.5) << "local contrast";
  EXPECT_NEAR(value_at(deep, 0, 25, 25), 0, 2);
  options.depth = Depth::k8;
  const NetworkInput flat = preprocess(faint(32, 32), options);
  EXPECT_NEAR(value_at(flat, 0, 9, 9), value_at(flat, 0, 25, 25), .3);
}

// A model that was taught on 8 bits reads a file of 16 by value / 257, and the other way round.
TEST(Preprocess, DepthsMeetWhereBothHoldThePicture) {
  const Image image = fixtures::gradient(40, 30);
  PreprocessOptions options = options_for(Fit::kNative, 32, 32);
  for (const Normalise normalise : {Normalise::kImage, Normalise::kFixed}) {
    options.normalise = normalise;
    options.depth = Depth::kAuto;  // 8
    const NetworkInput plain = preprocess(image, options);
    EXPECT_EQ(preprocess(deepened(image), options).values, plain.values);
    options.depth = Depth::k16;
    const NetworkInput deep = preprocess(image, options);
    EXPECT_EQ(preprocess(deepened(image), options).values, deep.values);
    for (size_t i = 0; i < plain.values.size(); ++i)
      ASSERT_NEAR(plain.values[i], deep.values[i], .03);
  }
}

TEST(PreprocessOptions, ChecksWhatSingleBoundsCannot) {
  PreprocessOptions options;
  EXPECT_FALSE(check(options));
  options.channels = 2;
  EXPECT_TRUE(check(options));
  options.channels = 1;
  EXPECT_FALSE(check(options));  // mean and std are not used
  options.normalise = Normalise::kFixed;
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
  fields.set("depth", "16");
  EXPECT_EQ(options.depth, Depth::k16);
  EXPECT_EQ(options.fit, Fit::kSquash);
  EXPECT_EQ(fields.to_json()["fit"], "squash");
  EXPECT_EQ(options.mean[2], 0.3);
  EXPECT_ANY_THROW(fields.set("fit", "crop"));
}

}  // namespace
}  // namespace paucal::edge
