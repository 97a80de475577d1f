#include "data/augment/policy.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>
#include <string>

#include "data/augment/cutout.h"
#include "data/augment/pil_golden.h"
#include "data/augment/randaugment.h"

namespace paucal::data {
namespace {

using testing::HasSubstr;

StrongOptions preset(const char* name) {
  StrongOptions options;
  options.preset = name;
  return options;
}

TEST(Policy, SameKeySamePixels) {
  const edge::Image in = pil::scattered(32, 32, 3, 4);
  for (const char* name : {"original", "torchssl"}) {
    std::set<std::string> seen;
    for (int i = 0; i < 20; ++i) {
      Random a(1, 2, i), b(1, 2, i);
      const edge::Image view = strong_view(in, preset(name), a);
      EXPECT_EQ(view.pixels, strong_view(in, preset(name), b).pixels);
      seen.emplace(view.pixels.begin(), view.pixels.end());
    }
    EXPECT_EQ(seen.size(), 20u);
  }
}

TEST(Policy, UsedBuffersChangeNothingAndAreKept) {
  Scratch scratch;
  edge::Image out;
  const StrongOptions options = preset("torchssl");
  const edge::Image in = pil::scattered(24, 20, 3, 4);
  for (int i = 0; i < 60; ++i) {
    Random a(3, 0, i), b(3, 0, i);
    strong_view(in, options, a, scratch, out);
    ASSERT_EQ(out.pixels, strong_view(in, options, b).pixels);
  }
  const std::set<const uint8_t*> buffers{out.pixels.data(), scratch.image.pixels.data()};
  for (int i = 0; i < 60; ++i) {
    Random random(4, 0, i);
    strong_view(in, options, random, scratch, out);
    ASSERT_TRUE(buffers.contains(out.pixels.data()));
  }
}

TEST(Policy, TinyAndOddSizesOfBothKinds) {
  for (const auto& [w, h] : {std::pair{1, 1}, {1, 9}, {9, 1}, {2, 2}, {33, 7}, {65, 64}})
    for (const int channels : {1, 3})
      for (int i = 0; i < 60; ++i) {
        const edge::Image in = pil::scattered(w, h, channels, i);
        Random random(5, 0, i);
        for (const char* name : {"original", "torchssl"}) {
          StrongOptions options = preset(name);
          options.ops = 5;
          options.probability = 1;
          const edge::Image out = strong_view(in, options, random);
          ASSERT_EQ(out.width, w);
          ASSERT_EQ(out.pixels.size(), in.pixels.size());
        }
        ASSERT_EQ(weak_view(in, {}, random).pixels.size(), in.pixels.size());
      }
}

TEST(Policy, WeakViewMovesAtMostThePadAndFlipsHalf) {
  edge::Image in(21, 21, 1);
  in.at(10, 10) = 255;
  in.at(12, 10) = 100;  // right of the mark, left of it when flipped
  int flips = 0;
  std::set<int> columns;
  for (int i = 0; i < 400; ++i) {
    Random random(6, 0, i);
    const edge::Image out = weak_view(in, {}, random);
    const auto at = std::ranges::find(out.pixels, 255) - out.pixels.begin();
    const int x = static_cast<int>(at % 21), y = static_cast<int>(at / 21);
    ASSERT_LE(std::abs(x - 10), 4);
    ASSERT_LE(std::abs(y - 10), 4);
    columns.insert(x);
    flips += out.at(x - 2, y) == 100;
  }
  EXPECT_EQ(columns.size(), 9u);
  EXPECT_NEAR(flips, 200, 40);
}

TEST(Policy, OriginalEndsWithTheGreySquare) {
  const edge::Image in(64, 64, 3, 10);
  StrongOptions options;
  for (int i = 0; i < 50; ++i) {
    Random random(7, 0, i);
    const edge::Image out = strong_view(in, options, random);
    const auto grey = std::ranges::count(out.pixels, 127);
    EXPECT_LE(grey, 3 * 16 * 16);
    EXPECT_GE(grey, 3 * 8 * 8);
  }
}

TEST(Policy, RefusesUnknownPresetsAndEmptyImages) {
  Random random(1);
  try {
    strong_view(pil::input(), preset("orignal"), random);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("original"));
  }
  EXPECT_THROW(strong_view(edge::Image(), {}, random), Error);
  EXPECT_THROW(weak_view(edge::Image(2, 2, 4), {}, random), Error);
}

TEST(RandAugment, StrengthsAreThePublishedOnes) {
  Random random(8);
  for (int i = 0; i < 2000; ++i) {
    const auto original = [&](Op op) {
      return draw_value(op, Strengths::kOriginal, 32, 20, random);
    };
    const auto torchssl = [&](Op op) {
      return draw_value(op, Strengths::kTorchssl, 32, 20, random);
    };
    EXPECT_NEAR(original(Op::kBrightness), 0.5, 0.3601);  // 0.14 … 0.86
    const double bits = original(Op::kPosterize);
    EXPECT_TRUE(bits >= 4 && bits <= 7 && bits == std::floor(bits)) << bits;
    EXPECT_LE(std::abs(original(Op::kRotate)), 27);
    EXPECT_GE(std::abs(original(Op::kRotate)), 3);
    EXPECT_NEAR(original(Op::kSolarize), 128.5, 102.5);  // 26 … 231
    EXPECT_LE(std::abs(original(Op::kTranslateX)), 8);   // int(0.27 · 32)
    EXPECT_LE(std::abs(original(Op::kTranslateY)), 5);   // int(0.27 · 20)
    EXPECT_NEAR(torchssl(Op::kSharpness), 0.5, 0.45);
    EXPECT_LE(std::abs(torchssl(Op::kRotate)), 30);
    EXPECT_LE(std::abs(torchssl(Op::kTranslateX)), 0.3 * 32);
    EXPECT_NEAR(torchssl(Op::kSolarize), 128, 128);
  }
}

TEST(RandAugment, JoinedStepsEqualSeparateOnes) {
  Random random(10);
  for (int i = 0; i < 300; ++i) {
    const edge::Image in = pil::scattered(29, 23, 3, i);
    edge::Image joined, spare, step = in, next, other;
    Scratch scratch;
    Canvas canvas(in, joined, spare);
    for (int k = 0; k < 4; ++k) {
      const Op op = static_cast<Op>(random.below(kOpCount));
      const double value = draw_value(op, Strengths::kTorchssl, 29, 23, random);
      apply_op(op, value, canvas, scratch);
      Canvas single(step, next, other);
      apply_op(op, value, single, scratch);
      single.finish();
      step = next;
    }
    canvas.finish();
    ASSERT_EQ(joined.pixels, step.pixels) << i;
  }
}

TEST(Cutout, HidesOneSquare) {
  Random random(11);
  for (int i = 0; i < 300; ++i) {
    edge::Image image(20, 10, 3, 0);
    cutout(image, 6, {1, 2, 3}, random);
    const auto hidden = std::ranges::count(image.pixels, 2);
    EXPECT_LE(hidden, 36);
    EXPECT_GE(hidden, 9);
    EXPECT_EQ(hidden, std::ranges::count(image.pixels, 3));
  }
}

}  // namespace
}  // namespace paucal::data
