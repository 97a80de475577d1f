#include "data/augment/inspection.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/augment/filter.h"
#include "data/augment/pil_golden.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

// Geometry alone: a bright blob must be found where the reported geometry says.
InspectionAugmentOptions only_warp() {
  InspectionAugmentOptions options;
  options.rotate = 40;
  options.scale = 0.3;
  options.shear = 12;
  options.translate = 0.1;
  options.brightness = options.contrast = options.gamma = 0;
  options.noise = options.blur = options.cutout = 0;
  return options;
}

// Of what lies near `about`: farther off, a mirrored copy may come in.
std::array<double, 2> centre_of_mass(const edge::Image& image, std::array<double, 2> about) {
  double sum = 0, x_sum = 0, y_sum = 0;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      if (std::hypot(x + 0.5 - about[0], y + 0.5 - about[1]) > 9) continue;
      sum += image.at(x, y);
      x_sum += image.at(x, y) * (x + 0.5);
      y_sum += image.at(x, y) * (y + 0.5);
    }
  return {x_sum / sum, y_sum / sum};
}

TEST(Inspection, MarkedPixelsLandWhereTheGeometrySays) {
  // The network image is a crop at (100, 50) of a larger original.
  const edge::Geometry crop = edge::Geometry(400, 300).cropped(100, 50, 96, 80);
  for (int i = 0; i < 50; ++i) {
    edge::Image in(96, 80, 1);
    for (int y = 38; y < 42; ++y)
      for (int x = 50; x < 54; ++x) in.at(x, y) = 200;
    Random random(1, 0, i);
    const Augmented result = augment_inspection(in, crop, only_warp(), random);
    const auto expected = result.geometry.to_network(100 + 52, 50 + 40);
    const edge::Image mask = warp_mask(in, result.warp);
    for (const edge::Image& image : {result.image, mask}) {
      const auto found = centre_of_mass(image, expected);
      EXPECT_NEAR(found[0], expected[0], 0.7) << i;
      EXPECT_NEAR(found[1], expected[1], 0.7) << i;
    }
    for (const uint8_t v : mask.pixels) ASSERT_TRUE(v == 0 || v == 200);
  }
}

TEST(Inspection, HueAndSaturationChangeColourAndNotGrey) {
  InspectionAugmentOptions options = only_warp();
  options.rotate = options.scale = options.shear = options.translate = 0;
  options.flip_x = options.flip_y = false;
  const auto seen = [&](const edge::Image& in) {
    Random random(1, 0, 0);
    return augment_inspection(in, edge::Geometry(in.width, in.height), options, random).image;
  };
  edge::Image red(4, 4, 3), grey(4, 4, 3, 90);
  for (int i = 0; i < 16; ++i) red.pixels[static_cast<size_t>(3 * i)] = 200;
  EXPECT_EQ(seen(red).pixels, red.pixels) << "off";
  options.hue = .5;
  options.saturation = .5;
  EXPECT_NE(seen(red).pixels, red.pixels);
  EXPECT_EQ(seen(grey).pixels, grey.pixels);
}

TEST(Inspection, RightAnglesAreExactAndKeepSquareImagesAlone) {
  InspectionAugmentOptions options = only_warp();
  options.rotate = options.scale = options.shear = options.translate = 0;
  const auto turned = [](const edge::Image& in) {
    edge::Image out(in.height, in.width, in.channels);
    for (int y = 0; y < in.height; ++y)
      for (int x = 0; x < in.width; ++x)
        for (int c = 0; c < in.channels; ++c) out.at(y, x, c) = in.at(x, y, c);
    return out;
  };
  options.flip_x = options.flip_y = false;
  options.turn = true;
  const edge::Image square = pil::scattered(13, 13, 1, 2), wide = pil::scattered(17, 12, 1, 2);
  int turns = 0;
  for (int i = 0; i < 40; ++i) {
    Random random(3, 0, i), same(3, 0, i);
    const edge::Image out = augment_inspection(square, {13, 13}, options, random).image;
    EXPECT_TRUE(out.pixels == square.pixels || out.pixels == turned(square).pixels) << i;
    turns += out.pixels != square.pixels;
    EXPECT_EQ(augment_inspection(wide, {17, 12}, options, same).image.pixels, wide.pixels);
  }
  EXPECT_GT(turns, 8);
  EXPECT_LT(turns, 32);
}

TEST(Inspection, FlipsAloneAreExact) {
  InspectionAugmentOptions options = only_warp();
  options.rotate = options.scale = options.shear = options.translate = 0;
  const edge::Image in = pil::scattered(17, 12, 3, 2);
  bool flipped = false, kept = false;
  for (int i = 0; i < 20; ++i) {
    Random random(2, 0, i);
    const Augmented result = augment_inspection(in, edge::Geometry(17, 12), options, random);
    for (int y = 0; y < 12; ++y)
      for (int x = 0; x < 17; ++x) {
        const auto from = result.geometry.to_original(x + 0.5, y + 0.5);
        ASSERT_EQ(result.image.at(x, y, 1),
                  in.at(static_cast<int>(from[0]), static_cast<int>(from[1]), 1));
      }
    (result.image.pixels == in.pixels ? kept : flipped) = true;
  }
  EXPECT_TRUE(flipped && kept);
}

TEST(Inspection, LightDoesNotMoveAnything) {
  const edge::Image in = pil::scattered(40, 30, 3, 2);
  InspectionAugmentOptions bright = only_warp();
  bright.brightness = bright.contrast = bright.gamma = 0.5;
  bright.noise = 10;
  bright.blur = 2;
  bright.cutout = 0.5;
  for (int i = 0; i < 10; ++i) {
    Random a(3, 0, i), b(3, 0, i), c(3, 0, i);
    const Augmented plain = augment_inspection(in, edge::Geometry(40, 30), only_warp(), a);
    const Augmented lit = augment_inspection(in, edge::Geometry(40, 30), bright, b);
    const Augmented again = augment_inspection(in, edge::Geometry(40, 30), bright, c);
    EXPECT_EQ(plain.warp, lit.warp);
    EXPECT_NE(plain.image.pixels, lit.image.pixels);
    EXPECT_EQ(lit.image.pixels, again.image.pixels);
  }
}

TEST(Inspection, FullDepthIsWarpedLikeEightBits) {
  const edge::Image in = pil::scattered(48, 40, 1, 2);
  edge::Image smooth;
  Scratch scratch;
  gaussian_blur(in, 3, smooth, scratch);
  InspectionAugmentOptions options = only_warp();
  for (int i = 0; i < 10; ++i) {
    Random a(3, 0, i), b(3, 0, i);
    const Augmented plain = augment_inspection(smooth, edge::Geometry(48, 40), options, a);
    const Augmented deep =
        augment_inspection(edge::deepened(smooth), edge::Geometry(48, 40), options, b);
    EXPECT_EQ(plain.warp, deep.warp);
    const edge::Image flat = edge::flattened(deep.image);
    for (size_t p = 0; p < flat.pixels.size(); ++p)
      ASSERT_NEAR(flat.pixels[p], plain.image.pixels[p], 3) << i << " " << p;
  }
}

// A picture of few levels keeps them: light and noise go by its own spread.
TEST(Inspection, FaintPicturesStayVisible) {
  std::vector<uint16_t> samples(64 * 64);
  Random random(1);
  for (auto& sample : samples)
    sample = static_cast<uint16_t>(std::lround(60000 + 3 * random.normal()));
  for (size_t y = 20; y < 40; ++y)
    for (size_t x = 20; x < 40; ++x) samples[y * 64 + x] -= 20;
  const edge::Image in = edge::deep_image(64, 64, 1, std::move(samples));
  InspectionAugmentOptions options;
  options.rotate = options.scale = options.translate = 0;
  options.flip_x = options.flip_y = false;
  for (int i = 0; i < 20; ++i) {
    Random draw(5, 0, i);
    const Augmented out = augment_inspection(in, edge::Geometry(64, 64), options, draw);
    double inside = 0, outside = 0;
    for (size_t x = 24; x < 36; ++x) {
      inside += out.image.deep[30 * 64 + x] / 12.;
      outside += out.image.deep[10 * 64 + x] / 12.;
    }
    EXPECT_NEAR(outside - inside, 20, 10) << i;
    EXPECT_NEAR(outside, 60000, 20) << i;
  }
}

TEST(Inspection, TinyImages) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 7}, {7, 1}, {2, 3}}) {
    InspectionAugmentOptions options;
    options.cutout = 1;
    options.blur = 5;
    for (int i = 0; i < 20; ++i) {
      Random random(4, 0, i);
      const edge::Image in = pil::scattered(w, h, i % 2 ? 1 : 3, i);
      const Augmented out = augment_inspection(in, edge::Geometry(w, h), options, random);
      EXPECT_EQ(out.image.pixels.size(), in.pixels.size());
    }
  }
}

TEST(Inspection, RefusesAGeometryOfAnotherSize) {
  Random random(5);
  EXPECT_THROW(augment_inspection(pil::input(), edge::Geometry(4, 5), {}, random), Error);
}

}  // namespace
}  // namespace paucal::data
