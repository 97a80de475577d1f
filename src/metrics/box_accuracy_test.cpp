#include "metrics/box_accuracy.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"

namespace paucal::metrics {
namespace {

TEST(BoxF1, ABoxIsRightWithin3PixelsOrByIou) {
  const edge::Box truth{10, 10, 20, 20};
  const std::vector<ImageBoxes> near = {{{truth}, {{{12, 12, 22, 22}, .9f}}}};  // 2 px, IoU .47
  EXPECT_EQ(box_f1(near), 1);
  const std::vector<ImageBoxes> far = {{{truth}, {{{14, 14, 24, 24}, .9f}}}};
  EXPECT_EQ(box_f1(far), 0);
  const std::vector<ImageBoxes> large = {{{{0, 0, 100, 100}}, {{{10, 10, 110, 100}, .9f}}}};
  EXPECT_EQ(box_f1(large), 1) << "5 px in the mean, but IoU .81";
  const std::vector<ImageBoxes> mixed = {{{truth}, {{truth, .9f}, {{50, 50, 60, 60}, .8f}}},
                                         {{truth}, {}}};
  EXPECT_DOUBLE_EQ(box_f1(mixed), 2. * 1 / 4);
  EXPECT_EQ(box_f1({}), 0);
}

using edge::Box;

const Box kTruth{0, 0, 100, 100};
// Of the truth's width, so IoU = percent / 100.
Box slice(float percent) {
  return {0, 0, percent, 100};
}

TEST(MaxBoxAcc, OracleTakesTheBestThresholdForEachIou) {
  MaxBoxAcc acc({.2, .5});
  const std::vector<Box> truths{kTruth};
  // τ = .2 is good enough on both images at IoU .3; τ = .5 is excellent on one and poor on one.
  acc.add(truths, std::vector<std::vector<Box>>{{slice(40)}, {slice(90)}});
  acc.add(truths, std::vector<std::vector<Box>>{{slice(35)}, {slice(10)}});
  const auto result = acc.result(0);
  EXPECT_DOUBLE_EQ(result.oracle_by_iou[0], 1);
  EXPECT_DOUBLE_EQ(result.oracle_thresholds[0], .2);
  EXPECT_DOUBLE_EQ(result.oracle_by_iou[2], .5);
  EXPECT_DOUBLE_EQ(result.oracle_thresholds[2], .5);
  EXPECT_DOUBLE_EQ(result.oracle, 2 / 3.0);
  EXPECT_DOUBLE_EQ(*result.frozen, 1 / 3.0);
  EXPECT_DOUBLE_EQ(*result.frozen_threshold, .2);
  EXPECT_EQ(acc.best_threshold(), 1u);
  EXPECT_FALSE(acc.result().frozen);
  EXPECT_FALSE(acc.result().to_json().contains("frozen"));
}

TEST(MaxBoxAcc, AnyBoxWithAnyTruthCounts) {
  MaxBoxAcc acc({.5});
  const std::vector<Box> truths{{200, 200, 210, 210}, kTruth};
  acc.add(truths, std::vector<std::vector<Box>>{{slice(5), slice(75), slice(20)}});
  EXPECT_DOUBLE_EQ(acc.result().oracle, 1);
}

TEST(MaxBoxAcc, ThresholdsAreReachedByEquality) {
  MaxBoxAcc acc({.5});
  acc.add(std::vector<Box>{kTruth}, std::vector<std::vector<Box>>{{slice(70)}});
  EXPECT_DOUBLE_EQ(acc.result().oracle_by_iou[2], 1);
}

TEST(MaxBoxAcc, OfEqualThresholdsTheMiddleIsFrozen) {
  MaxBoxAcc acc({.1, .2, .3, .4, .5});
  const std::vector<Box> good{slice(95)}, none;
  acc.add(std::vector<Box>{kTruth}, std::vector<std::vector<Box>>{none, good, good, good, none});
  EXPECT_EQ(acc.best_threshold(), 2u);
}

TEST(MaxBoxAcc, ImagesWithoutTruthDoNotCount) {
  MaxBoxAcc acc({.5});
  acc.add({}, std::vector<std::vector<Box>>{{slice(50)}});
  EXPECT_EQ(acc.result().images, 0);
  EXPECT_TRUE(std::isnan(acc.result().oracle));
}

TEST(MaxBoxAcc, RefusesWhatDoesNotFit) {
  EXPECT_THROW(MaxBoxAcc({}), Error);
  MaxBoxAcc acc({.5, .6});
  EXPECT_THROW(acc.add(std::vector<Box>{kTruth}, std::vector<std::vector<Box>>(1)), Error);
  EXPECT_THROW((void)acc.result(2), Error);
}

TEST(CorLoc, LooksAtTheTopBoxAlone) {
  const std::vector<ImageBoxes> images{
      {{kTruth}, {{slice(20), .9f}, {slice(90), .5f}}},  // the good box is second
      {{kTruth}, {{slice(50), .9f}}},                    // IoU .5 is enough
      {{kTruth}, {}},
      {{}, {{slice(90), .9f}}},  // no truth: not asked
  };
  EXPECT_DOUBLE_EQ(cor_loc(images), 1 / 3.0);
}

TEST(CorLoc, IsAveragedOverClasses) {
  const std::vector<ImageBoxes> images{
      {{kTruth}, {{kTruth, .9f, 1}}, {1}},
      {{kTruth}, {{kTruth, .9f, 1}}, {1}},
      {{kTruth}, {{kTruth, .9f, 1}}, {2}},  // the right box of the wrong class
  };
  EXPECT_DOUBLE_EQ(cor_loc(images), .5);
}

TEST(MeanAveragePrecision, GoldenCurve) {
  // By score: right, wrong, right; three truths. Precisions at the hits: 1, 2/3.
  const Box away{300, 300, 310, 310};
  const std::vector<ImageBoxes> images{
      {{kTruth}, {{slice(80), .9f}, {away, .8f}}},
      {{kTruth}, {{slice(60), .7f}}},
      {{kTruth}, {}},
  };
  EXPECT_NEAR(mean_average_precision(images), (1 + 2 / 3.0) / 3, 1e-12);
}

TEST(MeanAveragePrecision, ASecondBoxOnATruthIsWrong) {
  const std::vector<ImageBoxes> images{
      {{kTruth, {200, 0, 300, 100}}, {{kTruth, .9f}, {slice(90), .8f}, {{200, 0, 300, 99}, .7f}}}};
  EXPECT_NEAR(mean_average_precision(images), (1 + 2 / 3.0) / 2, 1e-12);
}

TEST(MeanAveragePrecision, EnvelopeLiftsEarlyDips) {
  // wrong, right: precision 1/2 at full recall; the other class is missed altogether.
  const Box away{300, 300, 310, 310};
  const std::vector<ImageBoxes> images{
      {{kTruth, kTruth}, {{away, .9f, 0}, {kTruth, .8f, 0}}, {0, 1}}};
  EXPECT_DOUBLE_EQ(mean_average_precision(images), .25);
}

TEST(MeanAveragePrecision, WithoutTruthsThereIsNone) {
  const std::vector<ImageBoxes> images{{{}, {{kTruth, .9f}}}};
  EXPECT_TRUE(std::isnan(mean_average_precision(images)));
  const std::vector<ImageBoxes> half_labelled{{{kTruth}, {}, {1}}, {{kTruth}, {}}};
  EXPECT_THROW((void)mean_average_precision(half_labelled), Error);
}

TEST(CentreBox, IsCentred) {
  EXPECT_EQ(centre_box(200, 100, .5, .2), (Box{50, 40, 150, 60}));
}

}  // namespace
}  // namespace paucal::metrics
