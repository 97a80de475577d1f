#include "data/augment/colour.h"

#include <gmock/gmock.h>

#include <cmath>

#include "data/augment/blend.h"
#include "data/augment/pil_golden.h"
#include "data/augment/statistics.h"

namespace paucal::data {
namespace {

using testing::Each;
using testing::ElementsAre;

std::vector<uint8_t> mapped(const Lut& lut) {
  edge::Image out;
  apply_lut(lut, pil::input(), out);
  return out.pixels;
}

void expect_near(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1) << "byte " << i;
}

TEST(Colour, TablesEqualPil) {
  const edge::Image in = pil::input();
  EXPECT_EQ(mapped(brightness_lut(0.37)), pil::kBrightness);
  EXPECT_EQ(mapped(brightness_lut(1.7)), pil::kBrightnessOver);
  EXPECT_EQ(mapped(contrast_lut(0.59, mean_grey(in))), pil::kContrast);
  EXPECT_EQ(mapped(contrast_lut(1.9, mean_grey(in))), pil::kContrastOver);
  EXPECT_EQ(mapped(autocontrast_lut(in)), pil::kAutoContrast);
  EXPECT_EQ(mapped(posterize_lut(5)), pil::kPosterize);
  EXPECT_EQ(mapped(solarize_lut(110)), pil::kSolarize);
}

TEST(Colour, EqualizeEqualsPil) {
  edge::Image image = pil::scattered(24, 16, 1, 3);
  for (uint8_t& v : image.pixels) v = static_cast<uint8_t>(v * v / 400 + 30);
  const Lut lut = equalize_lut(image);
  for (const auto& [value, expected] : pil::kEqualize) EXPECT_EQ(lut.table[0][value], expected);
}

TEST(Colour, FlatAndTinyImagesKeepTheirValues) {
  const edge::Image flat(16, 16, 3, 77), tiny(1, 1, 1, 9);
  EXPECT_EQ(equalize_lut(flat).table[1][77], 77);
  EXPECT_EQ(autocontrast_lut(flat).table[2][77], 77);
  EXPECT_EQ(equalize_lut(tiny).table[0][9], 9);
  EXPECT_EQ(autocontrast_lut(tiny).table[0][9], 9);
}

TEST(Colour, SaturationIsPilsWithinOne) {
  Scratch scratch;
  edge::Image image = pil::input();
  saturate(image, 0.41, scratch);
  expect_near(image.pixels, pil::kColor);
  image = pil::input();
  saturate(image, 1.8, scratch);
  expect_near(image.pixels, pil::kColorOver);
}

TEST(Colour, LumaEqualsPil) {
  std::vector<uint8_t> grey(20);
  luma(pil::kInput.data(), grey.data(), grey.size());
  EXPECT_EQ(grey, pil::kLuma);
}

// Long enough for every vector width and a ragged end.
TEST(Colour, LongRowsEqualOnePixelAtATime) {
  for (const int pixels : {1, 21, 22, 63, 64, 65, 200, 1031}) {
    const edge::Image in = pil::scattered(pixels, 1, 3, 11);
    std::vector<uint8_t> grey(pixels);
    luma(in.pixels.data(), grey.data(), pixels);
    Scratch scratch;
    edge::Image faded = in;
    saturate(faded, 0.3, scratch);
    double sum = 0;
    for (int x = 0; x < pixels; ++x) {
      const unsigned exact =
          19595 * in.at(x, 0, 0) + 38470 * in.at(x, 0, 1) + 7471 * in.at(x, 0, 2);
      ASSERT_EQ(grey[x], (exact + 32768) >> 16);
      sum += grey[x];
      for (int c = 0; c < 3; ++c)
        ASSERT_EQ(faded.at(x, 0, c), blend(grey[x], in.at(x, 0, c), blend_weight(0.3)));
    }
    EXPECT_EQ(mean_grey(in), static_cast<int>(sum / pixels + 0.5));
  }
}

TEST(Colour, StatisticsEqualCounting) {
  for (const int channels : {1, 3}) {
    const edge::Image in = pil::scattered(37, 13, channels, 5);
    Histogram counts{};
    for (size_t i = 0; i < in.pixels.size(); ++i) ++counts[i % channels][in.pixels[i]];
    EXPECT_EQ(histogram(in), counts);
    const Extrema range = extrema(in);
    for (int c = 0; c < channels; ++c) {
      int low = 0, high = 255;
      while (counts[c][low] == 0) ++low;
      while (counts[c][high] == 0) --high;
      EXPECT_EQ(range.low[c], low);
      EXPECT_EQ(range.high[c], high);
    }
  }
}

TEST(Lut, EveryLengthEqualsOneByteAtATime) {
  Lut lut;
  lut.tables = 3;
  Random random(3);
  for (auto& table : lut.table)
    for (uint8_t& v : table) v = static_cast<uint8_t>(random.below(256));
  for (int pixels = 1; pixels < 150; ++pixels)
    for (const int tables : {1, 3})
      for (const int channels : {1, 3}) {
        lut.tables = tables;
        const edge::Image in = pil::scattered(pixels, 1, channels, 17);
        edge::Image out;
        apply_lut(lut, in, out);
        for (size_t i = 0; i < in.pixels.size(); ++i)
          ASSERT_EQ(out.pixels[i], lut.of(static_cast<int>(i % channels))[in.pixels[i]]);
      }
}

TEST(Lut, JoinedTablesEqualOneAfterTheOther) {
  const edge::Image in = pil::input();
  const Lut first = brightness_lut(0.7), second = autocontrast_lut(in), third = posterize_lut(4);
  edge::Image step;
  apply_lut(first, in, step);
  apply_lut(second, step, step);
  apply_lut(third, step, step);
  Lut joined = first;
  joined.append(second);
  joined.append(third);
  EXPECT_EQ(mapped(joined), step.pixels);
}

TEST(Colour, GammaKeepsTheEnds) {
  const Lut lut = gamma_lut(2.2);
  EXPECT_EQ(lut.table[0][0], 0);
  EXPECT_EQ(lut.table[0][255], 255);
  EXPECT_EQ(lut.table[0][128], static_cast<int>(255.999 * std::pow(128 / 255.0, 2.2)));
}

TEST(Colour, HueTurnsRedToGreenToBlue) {
  edge::Image red(1, 1, 3);
  red.pixels = {200, 20, 20};
  shift_hue(red, 1.0 / 3);
  EXPECT_THAT(red.pixels, ElementsAre(20, 200, 20));
  shift_hue(red, 1.0 / 3);
  EXPECT_THAT(red.pixels, ElementsAre(20, 20, 200));

  const edge::Image in = pil::scattered(16, 16, 3, 2);
  edge::Image same = in;
  shift_hue(same, 0);
  expect_near(same.pixels, in.pixels);
  edge::Image grey(4, 1, 3, 90);
  shift_hue(grey, 0.4);
  EXPECT_THAT(grey.pixels, Each(90));
}

TEST(Colour, JitterIsKeyedBySeed) {
  const JitterOptions options{0.4, 0.4, 0.4, 0.1};
  Scratch scratch;
  edge::Image a = pil::input(), b = a, c = a;
  Random r1(1), r2(1), r3(2);
  colour_jitter(a, options, r1, scratch);
  colour_jitter(b, options, r2, scratch);
  colour_jitter(c, options, r3, scratch);
  EXPECT_EQ(a.pixels, b.pixels);
  EXPECT_NE(a.pixels, c.pixels);
}

}  // namespace
}  // namespace paucal::data
