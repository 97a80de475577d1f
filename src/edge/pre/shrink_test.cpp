#include "edge/pre/shrink.h"

#include <gtest/gtest.h>

namespace paucal::edge {
namespace {

TEST(Shrink, TakesRoundedMeansOfSquares) {
  Image image(5, 3, 1);
  for (size_t i = 0; i < image.pixels.size(); ++i) image.pixels[i] = static_cast<uint8_t>(10 * i);
  const Image half = shrunk(image, 2);
  EXPECT_EQ(half.width, 3);
  EXPECT_EQ(half.height, 2);
  // (0 + 10 + 50 + 60) / 4, …, a column of two, a row of two, the corner alone.
  EXPECT_EQ(half.pixels, (std::vector<uint8_t>{30, 50, 65, 105, 125, 140}));
  EXPECT_EQ(shrunk(image, 1).pixels, image.pixels);
  EXPECT_EQ(shrunk(image, 16).pixels, std::vector<uint8_t>{70});
  EXPECT_TRUE(shrunk(Image(), 2).empty());
}

TEST(Shrink, KeepsColoursAndDepthApart) {
  Image image(2, 2, 3);
  image.pixels = {1, 100, 200, 2, 100, 201, 3, 100, 202, 4, 101, 203};
  EXPECT_EQ(shrunk(image, 2).pixels, (std::vector<uint8_t>{3, 100, 202}));
  image.deep.assign(image.pixels.size(), 65535);
  EXPECT_EQ(shrunk(image, 2).deep, (std::vector<uint16_t>{65535, 65535, 65535}));
}

}  // namespace
}  // namespace paucal::edge
