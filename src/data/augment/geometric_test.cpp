#include "data/augment/geometric.h"

#include <gmock/gmock.h>

#include <cmath>

#include "data/augment/affine.h"
#include "data/augment/border.h"
#include "data/augment/pil_golden.h"

namespace paucal::data {
namespace {

using testing::Each;

std::vector<uint8_t> warped(const Affine& matrix, const WarpOptions& options = {}) {
  edge::Image out;
  warp(pil::input(), matrix, 5, 4, options, out);
  return out.pixels;
}

TEST(Warp, EqualsPil) {
  EXPECT_EQ(warped(rotation(27, 2.5, 2)), pil::kRotate);
  EXPECT_EQ(warped(rotation(-75, 2.5, 2)), pil::kRotateBack);
  EXPECT_EQ(warped({1, 0.27, 0, 0, 1, 0}), pil::kShearX);
  EXPECT_EQ(warped({1, 0, 0, -0.3, 1, 0}), pil::kShearY);
  EXPECT_EQ(warped({1, 0, 1.3, 0, 1, 0}), pil::kTranslateX);
  EXPECT_EQ(warped({1, 0, 0, 0, 1, -0.7}), pil::kTranslateY);
}

TEST(Warp, IdentityKeepsThePixels) {
  for (const Sampling sampling : {Sampling::kNearest, Sampling::kBilinear})
    for (const Border border : {Border::kConstant, Border::kMirror})
      EXPECT_EQ(warped(kIdentity, {.sampling = sampling, .border = border}), pil::kInput);
}

// Every branch (runs, chunks, spans, borders) against the definition.
TEST(Warp, EqualsOnePixelAtATime) {
  Random random(8);
  for (int round = 0; round < 60; ++round) {
    const int channels = round % 2 == 0 ? 3 : 1;
    const int w = round % 7 == 0 ? 1 : static_cast<int>(random.between(1, 400));
    const int h = round % 5 == 0 ? 1 : static_cast<int>(random.between(1, 30));
    const edge::Image in = pil::scattered(w, h, channels, round);
    Affine m;
    for (int i = 0; i < 6; ++i)  // whole 1/64: exact in fixed point
      m[i] = std::floor(64 * random.uniform(-1.5, 1.5)) / 64 * (i % 3 == 2 ? h : 1);
    if (round % 3 == 0) m[0] = 1, m[3] = 0;
    const WarpOptions options{.border = round % 4 < 2 ? Border::kConstant : Border::kMirror,
                              .fill = {1, 2, 3}};
    edge::Image out;
    warp(in, m, 311, 9, options, out);
    for (int y = 0; y < out.height; ++y)
      for (int x = 0; x < out.width; ++x) {
        const auto sx = static_cast<int>(std::floor(m[0] * (x + .5) + m[1] * (y + .5) + m[2]));
        const auto sy = static_cast<int>(std::floor(m[3] * (x + .5) + m[4] * (y + .5) + m[5]));
        const bool beyond = sx < 0 || sy < 0 || sx >= w || sy >= h;
        for (int c = 0; c < channels; ++c)
          ASSERT_EQ(out.at(x, y, c), beyond && options.border == Border::kConstant
                                         ? options.fill[c]
                                         : in.at(static_cast<int>(mirror(sx, w)),
                                                 static_cast<int>(mirror(sy, h)), c))
              << round << ": " << x << ", " << y;
      }
  }
}

TEST(Warp, BilinearHalfwayIsTheMean) {
  edge::Image in(2, 2, 1), out;
  in.pixels = {10, 20, 30, 40};
  warp(in, {1, 0, 0.5, 0, 1, 0.5}, 1, 1, {.sampling = Sampling::kBilinear}, out);
  EXPECT_EQ(out.pixels[0], 25);
  const edge::Image flat(5, 3, 3, 200);
  warp(flat, rotation(33, 2.5, 1.5), 9, 7,
       {.sampling = Sampling::kBilinear, .border = Border::kMirror}, out);
  EXPECT_THAT(out.pixels, Each(200));
}

TEST(Warp, RefusesWhatItCannotAddress) {
  edge::Image out;
  EXPECT_THROW(warp(pil::input(), {NAN, 0, 0, 0, 1, 0}, 5, 4, {}, out), Error);
  EXPECT_THROW(warp(pil::input(), {1, 0, 1e9, 0, 1, 0}, 5, 4, {}, out), Error);
  EXPECT_THROW(warp(edge::Image(), kIdentity, 5, 4, {}, out), Error);
}

TEST(Geometric, FlipsAndQuarterTurns) {
  for (const int channels : {1, 3})
    for (const int width : {1, 2, 5, 6, 7, 33, 64, 100}) {
      const edge::Image in = pil::scattered(width, 3, channels, 1);
      edge::Image x_flip, y_flip, half, quarter, back;
      flip_x(in, x_flip);
      flip_y(in, y_flip);
      rotate_quarters(in, 2, half);
      rotate_quarters(in, 1, quarter);
      rotate_quarters(quarter, -1, back);
      EXPECT_EQ(back.pixels, in.pixels);
      EXPECT_EQ(quarter.width, 3);
      for (int y = 0; y < 3; ++y)
        for (int x = 0; x < width; ++x)
          for (int c = 0; c < channels; ++c) {
            ASSERT_EQ(x_flip.at(x, y, c), in.at(width - 1 - x, y, c));
            ASSERT_EQ(y_flip.at(x, y, c), in.at(x, 2 - y, c));
            ASSERT_EQ(half.at(x, y, c), in.at(width - 1 - x, 2 - y, c));
            ASSERT_EQ(quarter.at(y, width - 1 - x, c), in.at(x, y, c));  // counter-clockwise
          }
    }
}

TEST(Geometric, MirrorCropIsPadCropFlip) {
  for (const int width : {1, 2, 9, 40})
    for (const int left : {-100, -4, -1, 0, 3, 39, 77})
      for (const bool flip : {false, true}) {
        const edge::Image in = pil::scattered(width, 4, 3, 6);
        edge::Image out;
        mirror_crop(in, left, -2, flip, out);
        for (int y = 0; y < 4; ++y)
          for (int x = 0; x < width; ++x)
            ASSERT_EQ(out.at(flip ? width - 1 - x : x, y, 2),
                      in.at(static_cast<int>(mirror(left + x, width)),
                            static_cast<int>(mirror(y - 2, 4)), 2));
      }
}

TEST(Geometric, CropBoxesStayInsideAndInRange) {
  Random random(5);
  for (int i = 0; i < 500; ++i) {
    const CropBox box = random_crop_box(100, 80, 0.2, 0.8, random);
    EXPECT_GE(box.x, 0);
    EXPECT_LE(box.x + box.width, 100);
    EXPECT_LE(box.y + box.height, 80);
    EXPECT_NEAR(box.width * box.height / 8000.0, 0.5, 0.32);
    EXPECT_NEAR(box.width / double(box.height), 1.04, 0.33);
  }
  const CropBox thin = random_crop_box(1000, 1, 1, 1, random);
  EXPECT_EQ(thin.height, 1);
  EXPECT_EQ(thin.width, 1);
}

TEST(Geometric, ResizedCropTakesItsBox) {
  edge::Image in(10, 10, 3, 50);
  for (int y = 2; y < 6; ++y)
    for (int x = 4; x < 8; ++x) in.at(x, y, 0) = 90;
  const edge::Image out = resized_crop(in, {4, 2, 4, 4}, 7, 3);
  for (int x = 0; x < 7; ++x) EXPECT_EQ(out.at(x, 1, 0), 90);
  EXPECT_THROW(resized_crop(in, {7, 2, 4, 4}, 7, 3), Error);
}

}  // namespace
}  // namespace paucal::data
