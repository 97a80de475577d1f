#include "metrics/pixel_metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random.h"

namespace paucal::metrics {
namespace {

using edge::Image;
using edge::Map;

// Without binning: one step of the curve for each distinct score.
double exact_average_precision(std::vector<std::pair<float, bool>> pixels) {
  std::sort(pixels.begin(), pixels.end(), [](auto& a, auto& b) { return a.first > b.first; });
  double area = 0, right = 0, before = 0, positives = 0;
  for (const auto& pixel : pixels) positives += pixel.second;
  for (size_t i = 0; i < pixels.size(); ++i) {
    right += pixels[i].second;
    if (i + 1 < pixels.size() && pixels[i + 1].first == pixels[i].first) continue;
    area += (right - before) / positives * right / static_cast<double>(i + 1);
    before = right;
  }
  return area;
}

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST(PixelScores, IsNearTheExactFigureAtAnyScale) {
  // Plain, saturated near 1, crowded near 0, and beyond probabilities with negative scores.
  const std::array<std::pair<double, double>, 4> scales{{{1, 0}, {2, 7}, {3, -14}, {0, 0}}};
  for (const auto& [gain, shift] : scales) {
    PixelScores scores;
    std::vector<std::pair<float, bool>> pixels;
    for (int image = 0; image < 6; ++image) {
      Random random(3, 1, image);
      Map map(80, 60);
      Image mask(80, 60, 1);
      for (size_t i = 0; i < map.values.size(); ++i) {
        const bool defect = random.chance(.03);
        const double x = random.normal() + (defect ? 1.5 : 0);
        map.values[i] = static_cast<float>(gain > 0 ? logistic(gain * x + shift) : 1000 * x);
        mask.pixels[i] = defect ? 255 : 0;
        pixels.emplace_back(map.values[i], defect);
      }
      scores.add(map, mask);
    }
    EXPECT_NEAR(scores.average_precision(), exact_average_precision(pixels), 1e-3)
        << "gain " << gain << " shift " << shift;
  }
}

TEST(PixelScores, GoldenValues) {
  Map map(4, 1);
  map.values = {.9f, .8f, .7f, .1f};
  Image mask(4, 1, 1);
  mask.pixels = {255, 0, 128, 127};  // more than 127 is defect
  PixelScores scores;
  scores.add(map, mask);
  EXPECT_DOUBLE_EQ(scores.base_rate(), .5);
  EXPECT_DOUBLE_EQ(scores.average_precision(), (1 + 2 / 3.0) / 2);
}

TEST(PixelScores, AMapThatKnowsNothingHasTheBaseRate) {
  Image mask(10, 10, 1);
  std::fill(mask.pixels.begin(), mask.pixels.begin() + 7, 255);
  PixelScores scores;
  scores.add(Map(10, 10, .5f), mask);
  EXPECT_DOUBLE_EQ(scores.average_precision(), .07);
}

TEST(PixelScores, InfinitiesAndTinyScoresHaveTheirPlace) {
  Map map(5, 1);
  map.values = {INFINITY, 1e-30f, 0.f, -0.f, -INFINITY};
  Image mask(5, 1, 1);
  mask.pixels = {255, 0, 255, 0, 0};
  PixelScores scores;
  scores.add(map, mask);
  // Infinity first; then the three that count as 0, as one step.
  EXPECT_DOUBLE_EQ(scores.average_precision(), (1 + 2 / 4.0) / 2);
}

TEST(PixelScores, RegionsWeighTheSameInAupro) {
  // A region of 6 pixels found, and one of 1 pixel below all the background.
  Map map(10, 1);
  map.values = {.9f, .9f, .9f, .9f, .9f, .9f, .5f, .4f, .3f, .1f};
  Image mask(10, 1, 1);
  mask.pixels = {255, 255, 255, 255, 255, 255, 0, 0, 0, 255};
  PixelScores scores;
  scores.add(map, mask);
  EXPECT_EQ(scores.regions(), 2u);
  EXPECT_NEAR(scores.aupro(), .5, 1e-12);
  EXPECT_NEAR(scores.aupro(1), .5, 1e-12);
}

TEST(PixelScores, AuproEndsInTheMiddleOfAStep) {
  // One score for all: the curve is the diagonal, whose mean up to .3 is .15.
  Map map(10, 10, .5f);
  Image mask(10, 10, 1);
  mask.at(3, 3) = 255;
  PixelScores scores;
  scores.add(map, mask);
  EXPECT_NEAR(scores.aupro(), .15, 1e-12);
  EXPECT_THROW((void)scores.aupro(0), Error);
}

TEST(PixelScores, DiagonalNeighboursAreOneRegion) {
  Image mask(4, 4, 1);
  mask.at(0, 0) = mask.at(1, 1) = mask.at(2, 0) = mask.at(3, 3) = 255;
  PixelScores scores;
  scores.add(Map(4, 4, .5f), mask);
  EXPECT_EQ(scores.regions(), 2u);
}

TEST(PixelScores, RefusesNanAndOtherSizesAndAddsNothing) {
  PixelScores scores;
  Map map(4, 4, .5f);
  EXPECT_THROW(scores.add(map, Image(4, 3, 1)), Error);
  EXPECT_THROW(scores.add(map, Image(4, 4, 3)), Error);
  map.at(2, 1) = NAN;
  EXPECT_THROW(scores.add(map, {}), Error);
  EXPECT_EQ(scores.pixels(), 0u);
  EXPECT_TRUE(std::isnan(scores.average_precision()));
  EXPECT_TRUE(std::isnan(scores.aupro()));
}

TEST(PixelMetrics, ClassesStandOnTheirOwnImages) {
  Image mask(2, 1, 1);
  mask.pixels = {255, 0};
  Map good(2, 1), bad(2, 1);
  good.values = {.9f, .1f};
  bad.values = {.2f, .8f};
  PixelMetrics metrics;
  metrics.add(good, mask, "crack");
  metrics.add(bad, mask, "hole");
  metrics.add(Map(2, 1, .05f), {}, "");
  EXPECT_EQ(metrics.classes().size(), 2u);
  EXPECT_DOUBLE_EQ(metrics.classes().at("crack").average_precision(), 1);
  EXPECT_DOUBLE_EQ(metrics.classes().at("hole").average_precision(), .5);
  EXPECT_DOUBLE_EQ(metrics.overall().base_rate(), 2 / 6.0);
  EXPECT_DOUBLE_EQ(*metrics.overall().figures().px_ap, (1 + 2 / 3.0) / 2);
  EXPECT_DOUBLE_EQ(*metrics.classes().at("hole").figures().base_rate, .5);
}

}  // namespace
}  // namespace paucal::metrics
