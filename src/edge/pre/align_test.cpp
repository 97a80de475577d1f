#include "edge/pre/align.h"

#include <gmock/gmock.h>

#include "edge/image/deep.h"
#include "edge/pre/preprocess.h"
#include "edge/pre/test_part.h"

namespace paucal::edge {
namespace {

constexpr double kPi = 3.14159265358979323846;

// The angle between two directions, 0 to π.
double apart(double a, double b) {
  return std::abs(std::remainder(a - b, 2 * kPi));
}

double mean_difference(const Image& a, const Image& b) {
  double sum = 0;
  for (size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

std::shared_ptr<const Alignment> by_axis(int width = 80, int height = 44) {
  return std::make_shared<const Alignment>(
      Alignment{.by = Align::kPca, .width = width, .height = height, .bright = true});
}

Alignment by_template(const Image& image) {
  Alignment alignment{.by = Align::kTemplate, .width = 80, .height = 80, .bright = true};
  alignment.radius = 45;
  const auto part = find_part(image, true);
  for (const float value : polar_picture(*part, alignment.radius, 0))
    alignment.polar.push_back(static_cast<int8_t>(std::lround(value * 20)));
  return alignment;
}

PreprocessOptions grey_in(std::shared_ptr<const Alignment> alignment) {
  PreprocessOptions options;
  options.channels = 1;
  options.alignment = std::move(alignment);
  return options;
}

TEST(Align, BringsAPartToOnePoseByItsAxis) {
  const PreprocessOptions options = grey_in(by_axis());
  const Image upright = fit_image(plate({80, 70, 0}), options).image;
  ASSERT_EQ(upright.width, 80);
  ASSERT_EQ(upright.height, 44);
  for (const double angle : {.3, 1.2, 2.2, -.8, -2.9}) {
    const Image other = fit_image(plate({76.3, 68.8, angle}), options).image;
    EXPECT_LT(mean_difference(upright, other), 4) << angle;
  }
}

TEST(Align, TellsTheEndsOfAPartApart) {
  const auto there = find_part(plate({80, 70, .4}), true),
             back = find_part(plate({80, 70, .4 + kPi}), true);
  ASSERT_TRUE(there && back);
  EXPECT_NEAR(apart(there->angle, back->angle), kPi, .03);
}

TEST(Align, LeadsBackToTheOriginal) {
  const Pose pose{70, 75, .5};
  const Fitted fitted = fit_image(plate(pose), grey_in(by_axis()));
  const auto centre = fitted.geometry.to_original(40, 22);
  EXPECT_NEAR(centre[0], 70, .7);
  EXPECT_NEAR(centre[1], 75, .7);
  const auto back = fitted.geometry.to_network(centre[0], centre[1]);
  EXPECT_NEAR(back[0], 40, 1e-6);
  EXPECT_TRUE(fitted.geometry.turned());
  EXPECT_NEAR(fitted.geometry.area_scale(), 1, 1e-9);
}

TEST(Align, FindsTheTurnOfASquareByItsTemplate) {
  const Alignment alignment = by_template(plate({80, 70, 0}, 160, 140, 60));
  for (const double angle : {.1, 1., 1.7, 3.1, -2., -.55}) {
    const Pose found = pose_of(plate({83.5, 66.2, angle}, 160, 140, 60), alignment);
    EXPECT_LT(apart(found.angle, angle), .02) << angle;
    EXPECT_NEAR(found.x, 83.5, .7);
    EXPECT_NEAR(found.y, 66.2, .7);
  }
}

TEST(Align, ATemplateDoesNotMindTheLight) {
  const Alignment alignment = by_template(plate({80, 70, 0}, 160, 140, 60));
  Image dim = plate({80, 70, 1}, 160, 140, 60);
  for (uint8_t& value : dim.pixels) value = static_cast<uint8_t>(value / 2 + 10);
  EXPECT_LT(apart(pose_of(dim, alignment).angle, 1), .02);
}

TEST(Align, ShowsTheMiddleWhereThereIsNoPart) {
  const Alignment alignment = *by_axis();
  const Pose pose = pose_of(Image(50, 30, 1, 90), alignment);
  EXPECT_EQ(pose.x, 25);
  EXPECT_EQ(pose.y, 15);
  EXPECT_EQ(pose.angle, 0);
  EXPECT_FALSE(fit_image(Image(50, 30, 1, 90), grey_in(by_axis())).geometry.turned());
}

TEST(Align, TakesTheLargestPieceAndNotTheDust) {
  Image image = plate({80, 70, 0});
  for (int y = 2; y < 10; ++y)
    for (int x = 2; x < 10; ++x) image.at(x, y) = 220;
  const auto part = find_part(image, true);
  ASSERT_TRUE(part);
  EXPECT_NEAR(part->x, 80, .7);
  EXPECT_NEAR(part->y, 70, .7);
}

TEST(Align, KnowsDarkPartsFromBrightOnes) {
  Image image = plate({80, 70, .7});
  EXPECT_TRUE(stands_out_bright(image));
  for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(255 - value);
  EXPECT_FALSE(stands_out_bright(image));
  const auto part = find_part(image, false);
  ASSERT_TRUE(part);
  EXPECT_NEAR(part->x, 80, .7);
}

TEST(Align, KeepsFullDepth) {
  const Image shown = plate({80, 70, .6});
  std::vector<uint16_t> samples;
  for (const uint8_t value : shown.pixels)
    samples.push_back(static_cast<uint16_t>(1000 + value));  // a faint part of a deep picture
  PreprocessOptions options = grey_in(by_axis());
  options.depth = Depth::k16;
  const Fitted fitted = fit_image(deep_image(160, 140, 1, samples), options);
  ASSERT_TRUE(fitted.image.is_deep());
  EXPECT_NEAR(fitted.image.deep[static_cast<size_t>(22 * 80 + 60)], 1200, 2);
  EXPECT_NEAR(fitted.image.deep[0], 1040, 2);
}

TEST(Align, SaysWhatTheNetworkWillRead) {
  PreprocessOptions options = grey_in(by_axis(100, 50));
  options.width = options.height = 50;
  EXPECT_EQ(fitted_size(Image(160, 140, 1), options), (std::array{50, 25}));
  EXPECT_EQ(fit_image(plate({80, 70, 1}), options).image.width, 50);
}

TEST(Align, RefusesWhatNoFileOfOursHolds) {
  Alignment lies = *by_axis();
  lies.width = 0;
  auto wrong = check(grey_in(std::make_shared<const Alignment>(lies)));
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->message, "align: 0 × 44 pixels of a part, expected 1 to 16384 of each");
  lies = *by_axis();
  lies.by = Align::kTemplate;
  wrong = check(grey_in(std::make_shared<const Alignment>(lies)));
  ASSERT_TRUE(wrong);
  EXPECT_THAT(wrong->message, testing::HasSubstr("a template of 0 values, expected 4320"));
}

}  // namespace
}  // namespace paucal::edge
