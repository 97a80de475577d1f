#include "edge/image/deep.h"

#include <gmock/gmock.h>

#include <numeric>

#include "edge/pre/channels.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(DeepImage, ShowsFromItsDarkestToItsBrightest) {
  EXPECT_THAT(deep_image(3, 1, 1, {30000, 30010, 30020}).pixels, ElementsAre(0, 128, 255));
  EXPECT_THAT(deep_image(2, 1, 1, {7, 7}).pixels, Each(0));
  // One pixel that never goes dark does not hide the others.
  std::vector<uint16_t> hot(5000, 100);
  std::iota(hot.begin(), hot.begin() + 2500, uint16_t{0});
  hot[4999] = 65535;
  EXPECT_GT(deep_image(100, 50, 1, hot).pixels[2000], 200);
}

TEST(DeepImage, EightBitsGoThereAndBack) {
  Image image(256, 1, 1);
  std::iota(image.pixels.begin(), image.pixels.end(), uint8_t{0});
  const Image deep = deepened(image);
  EXPECT_EQ(deep.pixels, image.pixels);
  EXPECT_EQ(deep.deep[255], 65535);
  EXPECT_EQ(flattened(deep).pixels, image.pixels);
  EXPECT_FALSE(flattened(deep).is_deep());
  EXPECT_THAT(flattened(deep_image(3, 1, 1, {128, 129, 65535})).pixels, ElementsAre(0, 1, 255));
}

TEST(DeepImage, IsTurnedAndColouredLikeAnyOther) {
  const Image image = deep_image(2, 3, 1, {10, 20, 30, 40, 50, 60});
  EXPECT_THAT(oriented(image, 6).deep, ElementsAre(50, 30, 10, 60, 40, 20));
  EXPECT_THAT(oriented(image, 2).deep, ElementsAre(20, 10, 40, 30, 60, 50));
  const Image colour = with_channels(deep_image(1, 1, 1, {65535}), 3);
  EXPECT_THAT(colour.deep, Each(65535));
  EXPECT_THAT(with_channels(colour, 1).deep, ElementsAre(65535));
}

TEST(DeepImage, IsResizedLikeEightBits) {
  Image image(37, 29, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(i * i / 7);
  for (const auto& [width, height] : {std::pair{11, 9}, {70, 40}, {37, 5}}) {
    const Image plain = resize(image, width, height);
    const Image deep = flattened(resize(deepened(image), width, height));
    for (size_t i = 0; i < plain.pixels.size(); ++i)
      ASSERT_NEAR(plain.pixels[i], deep.pixels[i], 1) << width;
  }
  const Image flat = resize(deep_image(9, 9, 1, std::vector<uint16_t>(81, 65535)), 4, 4);
  EXPECT_THAT(flat.deep, Each(65535)) << "weights add up exactly";
}

}  // namespace
}  // namespace paucal::edge
