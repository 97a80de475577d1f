#include "edge/pre/geometry.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace paucal::edge {
namespace {

// One random step of any kind.
Geometry random_step(const Geometry& g, Random& random) {
  const auto between = [&](int low, int high) {
    return static_cast<int>(random.between(low, high));
  };
  switch (random.below(6)) {
    case 0:
      return g.resized(between(1, 900), between(1, 900));
    case 1:
      return g.cropped(between(-50, 50), between(-50, 50), between(1, 500), between(1, 500));
    case 2:
      return g.padded(between(0, 30), between(0, 30), between(0, 30), between(0, 30));
    case 3:
      return g.flipped_x();
    case 4:
      return g.flipped_y();
    default: {
      const double angle = random.uniform(-3, 3), scale = random.uniform(0.5, 2);
      const double c = scale * std::cos(angle), s = scale * std::sin(angle);
      return g.warped({c, -s, random.uniform(-40, 40), s, c, random.uniform(-40, 40)},
                      between(1, 500), between(1, 500));
    }
  }
}

TEST(Geometry, PointsSurviveAnyChain) {
  for (int trial = 0; trial < 500; ++trial) {
    Random random(3, 0, trial);
    Geometry g(static_cast<int>(random.between(1, 4000)),
               static_cast<int>(random.between(1, 4000)));
    for (int64_t step = random.between(1, 6); step > 0; --step) g = random_step(g, random);
    const double x = random.uniform(0, g.original_width());
    const double y = random.uniform(0, g.original_height());
    const auto [u, v] = g.to_network(x, y);
    const auto [x2, y2] = g.to_original(u, v);
    // Relative to the range of numbers that the chain passes through.
    const double tolerance = 1e-6 * (1 + std::abs(x) + std::abs(y));
    EXPECT_NEAR(x2, x, tolerance) << trial;
    EXPECT_NEAR(y2, y, tolerance) << trial;
  }
}

TEST(Geometry, BoxesSurviveChainsWithoutRotation) {
  for (int trial = 0; trial < 500; ++trial) {
    Random random(4, 0, trial);
    Geometry g(640, 480);
    for (int64_t step = random.between(1, 5); step > 0; --step) {
      const Geometry next = random_step(g, random);
      const auto& m = next.matrix();
      if (m[1] == 0 && m[3] == 0) g = next;
    }
    const float x = static_cast<float>(random.uniform(0, 600));
    const float y = static_cast<float>(random.uniform(0, 440));
    const Box box{x, y, x + 30, y + 20};
    const Box back = g.to_original(g.to_network(box));
    // A Box holds floats; the map itself is exact to far less.
    const auto tolerance = 1e-6 * (1000 + 30 * std::sqrt(g.area_scale()) * 1000);
    EXPECT_NEAR(back.x0, box.x0, tolerance) << trial;
    EXPECT_NEAR(back.y0, box.y0, tolerance) << trial;
    EXPECT_NEAR(back.x1, box.x1, tolerance) << trial;
    EXPECT_NEAR(back.y1, box.y1, tolerance) << trial;
  }
}

TEST(Geometry, EachStepMeansWhatItSays) {
  const Geometry g(100, 50);
  EXPECT_EQ(g.resized(50, 50).to_original(10, 10), (std::array<double, 2>{20, 10}));
  EXPECT_EQ(g.cropped(30, 5, 20, 20).to_original(1, 2), (std::array<double, 2>{31, 7}));
  EXPECT_EQ(g.padded(3, 4, 1, 2).to_original(3, 4), (std::array<double, 2>{0, 0}));
  EXPECT_EQ(g.padded(3, 4, 1, 2).width(), 104);
  EXPECT_EQ(g.padded(3, 4, 1, 2).height(), 56);
  // The first pixel becomes the last.
  EXPECT_EQ(g.flipped_x().to_original(Box{0, 0, 1, 1}), (Box{99, 0, 100, 1}));
  EXPECT_EQ(g.flipped_y().to_original(Box{0, 0, 1, 1}), (Box{0, 49, 1, 50}));
  // Steps apply to what is there: shrink, then cut 10 of the small pixels.
  EXPECT_EQ(g.resized(50, 25).cropped(10, 0, 20, 20).to_original(0, 0),
            (std::array<double, 2>{20, 0}));
  EXPECT_DOUBLE_EQ(g.resized(50, 25).area_scale(), 4);
}

TEST(Geometry, BoxesAreClippedToTheOriginal) {
  const Geometry g = Geometry(100, 50).padded(0, 0, 28, 14);
  EXPECT_EQ(g.to_original(Box{-5, 10, 120, 60}), (Box{0, 10, 100, 50}));
  EXPECT_EQ(g.to_original(Box{110, 10, 120, 20}).area(), 0);
}

TEST(Geometry, QuarterTurnKeepsTheBoundsOfABox) {
  // Output (x, y) looks at input (y, 40 - x).
  const Geometry g = Geometry(30, 40).warped({0, 1, 0, -1, 0, 40}, 40, 30);
  EXPECT_EQ(g.to_original(Box{0, 0, 10, 5}), (Box{0, 30, 5, 40}));
  EXPECT_EQ(g.to_network(Box{0, 30, 5, 40}), (Box{0, 0, 10, 5}));
}

TEST(Geometry, NoInverseIsTheOriginNotNan) {
  EXPECT_EQ(Geometry(10, 10).resized(0, 0).to_network(5, 5), (std::array<double, 2>{0, 0}));
}

}  // namespace
}  // namespace paucal::edge
