#include "data/augment/paste.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

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

TEST(Paste, EveryKindOnEveryShapeOfImage) {
  for (const auto& [width, height] : {std::pair{8, 8}, {9, 200}, {300, 11}, {64, 64}})
    for (const int channels : {1, 3})
      for (int kind = 0; kind < 5; ++kind) {
        PasteOptions options{0, 0, 0, 0, 0, 1};
        double* weights[] = {&options.line, &options.blob, &options.patch, &options.step,
                             &options.chip};
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

TEST(Paste, RefusesWhatMakesNoSense) {
  Random random(1);
  const auto image = textured(32, 32, 1, 1);
  EXPECT_THROW(paste_defect(image, image, {0, 0, 0, 0, 0, 1}, random), Error);
  EXPECT_THROW(paste_defect(textured(4, 32, 1, 1), image, {}, random), Error);
}

}  // namespace
}  // namespace paucal::data
