#include "edge/pre/region.h"

#include <gmock/gmock.h>

#include <numeric>

#include "edge/image/deep.h"
#include "edge/pre/preprocess.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

std::shared_ptr<const IgnoreMask> mask_of(int width, int height, std::vector<int64_t> ends) {
  return std::make_shared<const IgnoreMask>(IgnoreMask{width, height, std::move(ends)});
}

PreprocessOptions grey_with(std::vector<int> roi, std::shared_ptr<const IgnoreMask> ignored = {}) {
  PreprocessOptions options;
  options.channels = 1;
  options.roi = std::move(roi);
  options.ignored = std::move(ignored);
  return options;
}

// Pixel (x, y) is 10 · y + x.
Image numbered(int width, int height) {
  Image image(width, height, 1);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) image.at(x, y) = static_cast<uint8_t>(10 * y + x);
  return image;
}

TEST(Region, CutsTheImageAndLeadsBack) {
  const Fitted fitted = fit_image(numbered(8, 6), grey_with({2, 1, 7, 5}));
  EXPECT_EQ(fitted.image.width, 5);
  EXPECT_EQ(fitted.image.height, 4);
  EXPECT_EQ(fitted.image.at(0, 0), 12);
  EXPECT_EQ(fitted.image.at(4, 3), 46);
  EXPECT_EQ(fitted.geometry.to_original(Box{0, 0, 5, 4}), (Box{2, 1, 7, 5}));
  EXPECT_EQ(fitted.geometry.original_width(), 8);
}

TEST(Region, IsCutBeforeTheImageIsShrunk) {
  PreprocessOptions options = grey_with({100, 0, 200, 100});
  options.width = options.height = 50;
  const Fitted fitted = fit_image(Image(400, 100, 1), options);
  EXPECT_EQ(fitted.image.width, 50);
  EXPECT_EQ(fitted.geometry.to_original(Box{0, 0, 50, 50}), (Box{100, 0, 200, 100}));
  EXPECT_EQ(fitted_size(Image(400, 100, 1), options), (std::array{50, 50}));
}

TEST(Region, KeepsFullDepth) {
  PreprocessOptions options = grey_with({1, 0, 3, 1});
  options.depth = Depth::k16;
  const Fitted fitted = fit_image(deep_image(4, 1, 1, {7, 300, 40000, 9}), options);
  EXPECT_EQ(fitted.image.deep, (std::vector<uint16_t>{300, 40000}));
}

TEST(Region, RefusesSmallerImagesByTheirSize) {
  const PreprocessOptions options = grey_with({2, 1, 7, 5});
  EXPECT_FALSE(check_size(7, 5, options));
  const auto fitted = checked_fit(Image(6, 8, 1), options);
  ASSERT_FALSE(fitted.ok());
  EXPECT_EQ(fitted.failure().message,
            "6 × 8 pixels, expected at least 7 × 5: input.roi is 2,1,7,5");
  EXPECT_TRUE(fit_image(Image(6, 8, 1), options).image.empty());
}

TEST(Region, IsFourOrderedNumbers) {
  EXPECT_FALSE(check(grey_with({0, 0, 1, 1})));
  for (const std::vector<int>& roi : {std::vector{0, 0, 1}, {3, 0, 3, 1}, {0, 5, 1, 4}})
    EXPECT_THAT(check(grey_with(roi))->message, HasSubstr("expected x0,y0,x1,y1"));
}

// Pixels 1 and 2 of the second row are hidden: what counts is 0 1 2 3 10 13, 29 / 6 in the mean.
TEST(Region, FillsWhatIsHiddenSoThatItCannotMatter) {
  const auto options = grey_with({}, mask_of(4, 2, {5, 7, 8}));
  Image image = numbered(4, 2);
  const Fitted fitted = fit_image(image, options);
  EXPECT_EQ(fitted.image.pixels, (std::vector<uint8_t>{0, 1, 2, 3, 10, 5, 5, 13}));
  image.at(1, 1) = 255;
  EXPECT_EQ(fit_image(image, options).image.pixels, fitted.image.pixels);
}

TEST(Region, FillsColoursAndFullDepth) {
  PreprocessOptions options = grey_with({}, mask_of(3, 1, {0, 1, 3}));
  options.channels = 3;
  Image colour(3, 1, 3);
  std::iota(colour.pixels.begin(), colour.pixels.end(), uint8_t{0});
  EXPECT_EQ(fit_image(colour, options).image.pixels,
            (std::vector<uint8_t>{5, 6, 7, 3, 4, 5, 6, 7, 8}));
  options.channels = 1;
  options.depth = Depth::k16;
  EXPECT_EQ(fit_image(deep_image(3, 1, 1, {1, 20000, 40000}), options).image.deep,
            (std::vector<uint16_t>{30000, 20000, 40000}));
}

// The mask of a region, and the same mask in whole images.
TEST(Region, TakesMasksOfTheWholeAndOfTheRegion) {
  const auto of_region = grey_with({1, 1, 3, 3}, mask_of(2, 2, {3, 4}));
  const auto of_whole = grey_with({1, 1, 3, 3}, mask_of(4, 4, {10, 11, 16}));
  EXPECT_FALSE(check(of_region));
  EXPECT_FALSE(check(of_whole));
  const Region region = region_of(4, 4, of_region);
  EXPECT_TRUE(region.counts(1, 2));
  EXPECT_FALSE(region.counts(2, 2));
  EXPECT_FALSE(region.counts(0, 0));
  EXPECT_EQ(fit_image(numbered(4, 4), of_region).image.pixels,
            fit_image(numbered(4, 4), of_whole).image.pixels);
  // The region can be cut out of any larger image; a mask of whole ones knows theirs.
  EXPECT_FALSE(check_size(9, 9, of_region));
  EXPECT_EQ(check_size(9, 9, of_whole)->message,
            "9 × 9 pixels, expected 4 × 4 as the mask of input.ignore has");
}

TEST(Region, TellsASizeThatPasses) {
  const auto of_region = grey_with({1, 1, 3, 3}, mask_of(2, 2, {3, 4}));
  const auto of_whole = grey_with({1, 1, 3, 3}, mask_of(4, 5, {20}));
  EXPECT_EQ(passing_size(8, 2, of_region), (std::array{8, 3}));
  EXPECT_EQ(passing_size(8, 2, of_whole), (std::array{4, 5}));
  EXPECT_EQ(passing_size(8, 2, grey_with({})), (std::array{8, 2}));
  for (const auto& options : {of_region, of_whole}) {
    const auto [width, height] = passing_size(8, 2, options);
    EXPECT_FALSE(check_size(width, height, options));
  }
}

TEST(Region, RefusesMasksThatHideAllOrFitNothing) {
  EXPECT_THAT(check(grey_with({}, mask_of(2, 2, {0, 4})))->message, HasSubstr("hides all"));
  EXPECT_THAT(check(grey_with({0, 0, 2, 1}, mask_of(2, 2, {0, 2, 4})))->message,
              HasSubstr("hides all"));
  EXPECT_THAT(check(grey_with({0, 0, 5, 5}, mask_of(2, 2, {4})))->message,
              HasSubstr("2 × 2 pixels, expected"));
  for (const std::vector<int64_t>& ends :
       {std::vector<int64_t>{}, {3}, {5}, {2, 2, 4}, {3, 1, 4}, {-1, 4}})
    EXPECT_THAT(check(grey_with({}, mask_of(2, 2, ends)))->message, HasSubstr("that fill it"));
}

// Cells of 2 × 2 pixels; three of the first one's are hidden, all of the second one's.
TEST(Region, TellsHowMuchOfACellCounts) {
  const auto options = grey_with({}, mask_of(4, 2, {1, 8}));
  const Region region = region_of(4, 2, options);
  const Map shares = counted_shares(region, Geometry(4, 2).resized(2, 1), 2, 1);
  EXPECT_FLOAT_EQ(shares.at(0, 0), .25f);
  EXPECT_NEAR(shares.at(1, 0), 0, 1e-6);
}

TEST(Region, CutsBoxesToWhatCounts) {
  const Region region = region_of(10, 10, grey_with({2, 0, 10, 10}, mask_of(10, 10, {50, 100})));
  Box box{0, 0, 4, 6};  // five of its six rows count
  EXPECT_TRUE(keep_counted(region, box));
  EXPECT_EQ(box, (Box{2, 0, 4, 6}));
  Box hidden{4, 3, 6, 9};
  EXPECT_FALSE(keep_counted(region, hidden));
  Box outside{0, 0, 2, 4};
  EXPECT_FALSE(keep_counted(region, outside));
}

}  // namespace
}  // namespace paucal::edge
