#include "judge/box_calibration.h"

#include <gtest/gtest.h>

namespace paucal::judge {
namespace {

// A map of 64 × 64 cells of a pixel each, hot where the boxes are, grown by so many cells.
KnownImage hot(const std::vector<edge::Box>& places, std::vector<edge::Box> truths, int grown,
               float heat = 1) {
  KnownImage image{edge::Map(64, 64), edge::Geometry(64, 64), {}, std::move(truths)};
  const auto by = static_cast<float>(grown);
  for (const edge::Box& box : places)
    for (int y = 0; y < 64; ++y)
      for (int x = 0; x < 64; ++x)
        if (x >= box.x0 - by && x < box.x1 + by && y >= box.y0 - by && y < box.y1 + by)
          image.heat.at(x, y) = heat;
  return image;
}

TEST(BoxCalibration, TheRuleTakesOffWhatTheMapReachesTooFar) {
  const edge::Box box{20, 24, 36, 30};
  const std::vector<KnownImage> images = {hot({box}, {box}, 2), hot({box}, {box}, 2)};
  const RuleChoice choice = best_rule({}, images);
  EXPECT_NEAR(choice.rule.shrink, 2, 1e-6);
  EXPECT_GT(choice.f1, .99);
  const Excess excess = typical_excess({}, images, choice.rule);
  EXPECT_NEAR(excess.cells, 2, 1e-6) << "the rule's own shrink does not count";
  EXPECT_EQ(excess.boxes, 2);
}

TEST(BoxCalibration, HeavierImagesDecide) {
  const edge::Box box{20, 24, 36, 30};
  std::vector<KnownImage> images = {hot({box}, {box}, 4), hot({box}, {box}, 1),
                                    hot({box}, {box}, 1)};
  EXPECT_NEAR(typical_excess({}, images, {}).cells, 1, 1e-6);
  images[0].weight = 5;
  EXPECT_NEAR(typical_excess({}, images, {}).cells, 4, 1e-6);
}

TEST(BoxCalibration, WarmPlacesThatAreNoDefectsRaiseThePeak) {
  const edge::Box box{4, 4, 20, 12}, dust{40, 40, 48, 48};
  KnownImage image = hot({box}, {box}, 0);
  const KnownImage warm = hot({dust}, {}, 0, .5f);
  for (size_t i = 0; i < image.heat.values.size(); ++i) image.heat.values[i] += warm.heat.values[i];
  EXPECT_GT(best_rule({}, std::vector{image}).rule.peak, .5);
}

// Of an NG image nobody boxed any box is right, of an OK image none is.
TEST(BoxCalibration, LabelsAloneSayHowHotADefectMustBe) {
  const edge::Box box{20, 24, 36, 30};
  const std::vector<KnownImage> plain = {hot({box}, {box}, 0)};
  EXPECT_GT(best_rule({}, plain).f1, .99);
  std::vector<KnownImage> labelled = plain;
  labelled.push_back(hot({box}, {}, 0, .5f));
  labelled.back().somewhere = true;
  labelled.push_back(hot({box}, {}, 0, .2f));  // OK
  const RuleChoice choice = best_rule({}, labelled);
  EXPECT_GT(choice.f1, .99);
  EXPECT_GT(choice.rule.peak, .2);
  EXPECT_LE(choice.rule.peak, .5);
}

// Real defects are fainter than pasted ones.
TEST(BoxCalibration, TheLowestPeakThatCostsNextToNothing) {
  const edge::Box box{4, 4, 20, 12}, dust{40, 40, 48, 48};
  std::vector<KnownImage> images = {hot({box}, {box}, 1), hot({dust}, {}, 0, .5f)};
  EXPECT_GT(best_rule({}, images).rule.peak, .5);
  images[1].weight = .005;
  EXPECT_LE(best_rule({}, images).rule.peak, .5);
}

TEST(BoxCalibration, AGapDoesNotEndADefect) {
  const std::vector<edge::Box> parts = {{10, 20, 24, 25}, {30, 20, 50, 25}};
  EXPECT_GE(best_rule({}, std::vector{hot(parts, {{10, 20, 50, 25}}, 0)}).rule.join, 8);
  EXPECT_LE(best_rule({}, std::vector{hot(parts, parts, 0)}).rule.join, 4);
}

TEST(BoxCalibration, OfAHeadTheScoreThatPartsRightFromWrong) {
  KnownImage image{{}, {}, {}, {{0, 0, 10, 10}}};
  image.found = {{{0, 0, 10, 10}, .8f, 0}, {{30, 30, 40, 40}, .4f, 0}};
  const ScoreChoice choice = best_score(std::vector{image});
  EXPECT_GT(choice.score, .4);
  EXPECT_LE(choice.score, .8);
  EXPECT_EQ(choice.f1, 1);
  EXPECT_EQ(best_score({}).f1, 0);
}

}  // namespace
}  // namespace paucal::judge
