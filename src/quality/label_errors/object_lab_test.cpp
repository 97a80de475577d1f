#include "quality/label_errors/object_lab.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

using Drawn = std::vector<DrawnBox>;
using Predicted = std::vector<edge::ScoredBox>;
constexpr double kWide = 300, kHigh = 400;  // diagonal 500, reach 10 pixels

TEST(ObjectLab, WhatFitsIsNotSuspected) {
  const auto scores = object_lab(Drawn{{{10, 10, 50, 50}, 1}},
                                 Predicted{{{10, 10, 50, 50}, .99f, 1}}, kWide, kHigh);
  EXPECT_EQ(scores.overlooked, (std::vector<double>{1}));
  EXPECT_NEAR(scores.misplaced[0], 1, 1e-6);
  EXPECT_EQ(scores.swapped, (std::vector<double>{1}));
  EXPECT_NEAR(scores.image, 1, 1e-6);
}

TEST(ObjectLab, OverlookedByHand) {
  // Its centre lies 100 pixels, ten reaches, from the only box of its class.
  const Drawn drawn = {{{10, 10, 50, 50}, 1}};
  const Predicted predicted = {{{110, 10, 150, 50}, .97f, 1},
                               {{200, 200, 220, 220}, .98f, 0},  // no box of its class at all
                               {{200, 100, 220, 120}, .9f, 1}};  // not sure
  const auto scores = object_lab(drawn, predicted, kWide, kHigh);
  EXPECT_NEAR(scores.overlooked[0], .1 * std::exp(-10), 1e-12);
  EXPECT_NEAR(scores.overlooked[1], .1 * std::exp(-50) * .02, 1e-24);
  EXPECT_EQ(scores.overlooked[2], 1);
  EXPECT_LT(scores.image, .1);
}

TEST(ObjectLab, MisplacedByHand) {
  // Shifted by half its width: IoU 1/3, centres 20 pixels apart.
  const auto scores =
      object_lab(Drawn{{{0, 0, 40, 40}, 0}}, Predicted{{{20, 0, 60, 40}, .8f, 0}}, kWide, kHigh);
  EXPECT_NEAR(scores.misplaced[0], .3 + .1 * std::exp(-2), 1e-6);
  EXPECT_EQ(scores.swapped[0], 1);
  EXPECT_NEAR(scores.image, std::cbrt(.3 + .1 * std::exp(-2)), 1e-6);
}

TEST(ObjectLab, SwappedByHand) {
  const auto scores =
      object_lab(Drawn{{{0, 0, 40, 40}, 0}}, Predicted{{{0, 0, 40, 40}, .99f, 1}}, kWide, kHigh);
  EXPECT_NEAR(scores.swapped[0], 0, 1e-6);
  EXPECT_EQ(scores.overlooked[0], 1) << "it overlaps a drawn box";
  EXPECT_NEAR(scores.image, 0, 1e-2);
}

TEST(ObjectLab, TheWorstBoxDecides) {
  const Drawn drawn = {{{0, 0, 40, 40}, 0}, {{100, 100, 140, 140}, 0}};
  const Predicted predicted = {{{0, 0, 40, 40}, .99f, 0}, {{135, 135, 175, 175}, .99f, 0}};
  const auto scores = object_lab(drawn, predicted, kWide, kHigh);
  EXPECT_LT(scores.image, .4);
}

TEST(ObjectLab, EmptyAndDamaged) {
  EXPECT_EQ(object_lab({}, {}, kWide, kHigh).image, 1);
  EXPECT_THROW(object_lab({}, {}, 0, kHigh), Error);
  EXPECT_THROW(object_lab(Drawn{{{0, 0, NAN, 1}, 0}}, {}, kWide, kHigh), Error);
}

}  // namespace
}  // namespace paucal::quality
