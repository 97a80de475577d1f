#include "data/augment/paste.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

edge::Image textured(int width, int height, int channels, uint64_t seed) {
  edge::Image image(width, height, channels);
  Random random(seed);
  for (auto& pixel : image.pixels)
    pixel = static_cast<uint8_t>(std::clamp(128 + 12 * random.normal(), 0., 255.));
  return image;
}

TEST(Paste, IsAFunctionOfItsKey) {
  const auto image = textured(96, 64, 1, 1), donor = textured(50, 80, 1, 2);
  Random a(7, 1, 3), b(7, 1, 3);
  const Pasted x = paste_defect(image, donor, {}, a), y = paste_defect(image, donor, {}, b);
  EXPECT_EQ(x.image.pixels, y.image.pixels);
  EXPECT_EQ(x.mask, y.mask);
}

// Outside a generous margin around the mask the image is as it was.
TEST(Paste, ChangesLittleWhereTheMaskIsNot) {
  const auto image = textured(96, 96, 1, 1), donor = textured(96, 96, 1, 2);
  for (uint64_t i = 0; i < 60; ++i) {
    Random random(3, 2, i);
    const Pasted pasted = paste_defect(image, donor, {}, random);
    double inside = 0, outside = 0;
    int64_t in = 0, out = 0;
    for (size_t p = 0; p < pasted.mask.size(); ++p) {
      const double change = std::abs(int{pasted.image.pixels[p]} - int{image.pixels[p]});
      (pasted.mask[p] ? inside : outside) += change;
      ++(pasted.mask[p] ? in : out);
    }
    if (in == 0) continue;  // it fell outside
    EXPECT_GT(inside / static_cast<double>(in), 2) << i;
    if (out > 0) {
      EXPECT_LT(outside / static_cast<double>(out), inside / static_cast<double>(in));
    }
  }
}

// By the spread of the image, whatever share of 65,536 levels that is.
TEST(Paste, FaintPicturesGetFaintDefects) {
  const auto faint = [](uint64_t seed) {
    std::vector<uint16_t> samples(96 * 96);
    Random random(seed);
    for (auto& sample : samples)
      sample = static_cast<uint16_t>(std::lround(30000 + 3 * random.normal()));
    return edge::deep_image(96, 96, 1, std::move(samples));
  };
  const edge::Image image = faint(1), donor = faint(2);
  int seen = 0;
  for (uint64_t i = 0; i < 20; ++i) {
    Random random(3, 2, i);
    const Pasted pasted = paste_defect(image, donor, {}, random);
    ASSERT_EQ(pasted.image.deep.size(), image.deep.size());
    double most = 0;
    for (size_t p = 0; p < image.deep.size(); ++p)
      most = std::max(most, std::abs(int{pasted.image.deep[p]} - int{image.deep[p]}) * 1.);
    EXPECT_LT(most, 60) << i;
    seen += most > 2;
  }
  EXPECT_GT(seen, 15);
}

TEST(Paste, EveryKindOnEveryShapeOfImage) {
  for (const auto& [width, height] : {std::pair{8, 8}, {9, 200}, {300, 11}, {64, 64}})
    for (const int channels : {1, 3})
      for (int kind = 0; kind < 6; ++kind) {
        PasteOptions options{0, 0, 0, 0, 0, 0, 1};
        double* weights[] = {&options.line,  &options.blob, &options.bump,
                             &options.patch, &options.step, &options.chip};
        *weights[kind] = 1;
        const auto image = textured(width, height, channels, 4);
        const auto donor = textured(height, width, channels, 5);
        for (uint64_t i = 0; i < 10; ++i) {
          Random random(1, static_cast<uint64_t>(kind), i);
          const Pasted pasted = paste_defect(image, donor, options, random);
          EXPECT_EQ(pasted.image.width, width);
          EXPECT_EQ(pasted.mask.size(), static_cast<size_t>(width) * height);
          EXPECT_TRUE(std::ranges::all_of(pasted.mask, [](uint8_t v) { return v <= 1; }));
        }
      }
}

// A dark part on a light ground: half of the chips are bites out of its contour, marked where the
// picture changed and nowhere else.
TEST(Paste, BitesOutOfAContourInThePicture) {
  constexpr int kEdge = 60;
  edge::Image image = textured(160, 160, 1, 6);
  for (int y = 0; y < image.height; ++y)
    for (int x = kEdge; x < image.width; ++x) image.at(x, y) -= 70;
  const PasteOptions chips{0, 0, 0, 0, 0, 1, 1};
  int bitten = 0;
  for (uint64_t i = 0; i < 60; ++i) {
    Random random(3, 5, i);
    const Pasted pasted = paste_defect(image, image, chips, random);
    int marked = 0, plain = 0;
    for (int y = 30; y < 130; ++y)
      for (int x = kEdge - 25; x < kEdge + 25; ++x) {
        if (!pasted.mask[static_cast<size_t>(y) * 160 + x]) continue;
        ++marked;
        plain += std::abs(int{pasted.image.at(x, y)} - int{image.at(x, y)}) > 15;
      }
    if (marked < 8) continue;  // it lies on the border
    ++bitten;
    EXPECT_GT(plain, marked / 2) << i;
  }
  EXPECT_GT(bitten, 10);
}

// A second surface must not raise the contrast of what is pasted on the first.
TEST(Paste, ContrastIsThatOfTheMainSurface) {
  const edge::Image plain = textured(128, 128, 1, 7);
  edge::Image striped = plain;
  for (int y = 0; y < 128; ++y)
    for (int x = 0; x < 30; ++x) striped.at(x, y) += 100;
  const PasteOptions spots{0, 1, 0, 0, 0, 0, 1};
  const auto greatest = [&](const edge::Image& image) {
    int most = 0;
    for (uint64_t i = 0; i < 30; ++i) {
      Random random(3, 6, i);
      const Pasted pasted = paste_defect(image, plain, spots, random);
      for (size_t p = 0; p < image.pixels.size(); ++p)
        most = std::max(most, std::abs(int{pasted.image.pixels[p]} - int{image.pixels[p]}));
    }
    return most;
  };
  EXPECT_LT(greatest(striped), 2 * greatest(plain));
}

TEST(Paste, PassesOverImagesWithoutRoom) {
  const edge::Image image = textured(32, 32, 1, 1);
  Random random(1);
  for (const auto [width, height] : {std::pair(32, 1), std::pair(1, 32), std::pair(7, 7)}) {
    const edge::Image small = textured(width, height, 1, 1);
    const Pasted pasted = paste_defect(small, image, {}, random);
    EXPECT_EQ(pasted.image.pixels, small.pixels);
    EXPECT_EQ(pasted.mask, std::vector<uint8_t>(small.pixels.size(), 0));
  }
  const Pasted pasted = paste_defect(image, textured(1, 32, 1, 1), {}, random);
  EXPECT_EQ(pasted.image.pixels, image.pixels) << "a donor of one column has no texture";
}

TEST(Paste, RefusesWhatMakesNoSense) {
  Random random(1);
  const auto image = textured(32, 32, 1, 1);
  EXPECT_THROW(paste_defect(image, image, {0, 0, 0, 0, 0, 0, 1}, random), Error);
}

}  // namespace
}  // namespace paucal::data
