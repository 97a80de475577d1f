#include "judge/calibrate.h"

#include <gtest/gtest.h>

#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

TEST(Calibrate, FindsThresholdAndHeatOnHeldOutImages) {
  TestScene scene("calibrate");
  scene.fill();
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            {});
  const edge::Calibration& c = scene.card.calibration;
  EXPECT_GT(c.ng(2), c.threshold);
  EXPECT_LT(c.ng(-2), c.threshold);
  EXPECT_NEAR(c.heat_low, -2, 1e-6) << "where no defect is";
  EXPECT_NEAR(c.heat_high, 2, 1e-6) << "the peak of a defect";
  EXPECT_EQ(c.threshold_rule, "at most 5 % escape on 12 held-out images");
}

TEST(Calibrate, BoxesComeOutWhereTheDefectIs) {
  TestScene scene("calibrate_boxes");
  scene.fill();
  CalibrateSettings settings{.locate = {}, .paste = {}, .max_pixels = 1 << 20};
  settings.locate.calibration_boxes = 6;
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            settings);
  EXPECT_NE(scene.card.calibration.box_rule.find("6 boxed ones"), std::string::npos)
      << scene.card.calibration.box_rule;
  const Prediction found = interpret(scene.card, scene.raw[0]);
  ASSERT_EQ(found.boxes.size(), 1u);
  EXPECT_GT(edge::iou(found.boxes[0].box, TestScene::kDefect), .8f);
}

TEST(Calibrate, ASecondOneNeedsNoFurtherLook) {
  TestScene scene("calibrate_twice");
  scene.fill();
  int looks = 0;
  const RawSources sources = {scene.source(), remembered([&](const edge::Fitted& image) {
                                ++looks;
                                return scene.look()(image);
                              })};
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), sources, {});
  const int first = looks;
  EXPECT_GT(first, 0) << "at pasted defects";
  const Json json = edge::to_json(scene.card);
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), sources, {});
  EXPECT_EQ(looks, first);
  EXPECT_EQ(edge::to_json(scene.card), json);
}

TEST(Calibrate, WhatWasBeforePlaysNoPart) {
  TestScene scene("calibrate_again");
  scene.card.detector = edge::DetectorCard{.classes = 1, .strides = {}, .anchors = {}, .nms = {}};
  scene.fill();
  for (RawPrediction& raw : scene.raw) raw.boxes = {{TestScene::kDefect, .9f, 0}};
  const RawSources sources = {scene.source(), [&](const edge::Fitted& image) {
                                RawPrediction nothing = scene.look()(image);
                                nothing.boxes.clear();
                                return nothing;
                              }};
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), sources, {});
  const Json fresh = edge::to_json(scene.card);
  scene.card.detector->score = .99;
  scene.card.calibration.warning = "old";
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), sources, {});
  EXPECT_EQ(edge::to_json(scene.card), fresh);
}

TEST(Calibrate, AClassifierWithoutBoxesForgetsAnOldScore) {
  TestScene scene("calibrate_classes");
  scene.card.task = edge::Task::kClassification;
  scene.card.class_is_ok = scene.dataset.class_is_ok = {false, false};
  scene.card.detector = edge::DetectorCard{.classes = 2, .strides = {}, .anchors = {}, .nms = {}};
  scene.fill();
  scene.card.detector->score = .99;
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            {});
  EXPECT_EQ(scene.card.calibration.box_rule, "no boxes were used");
  EXPECT_EQ(scene.card.detector->score, edge::DetectorCard{}.score);
}

TEST(Calibrate, WithoutHeldOutImagesThereIsAWarning) {
  TestScene scene("calibrate_train");
  for (int i = 0; i < 4; ++i) {
    scene.add(data::Split::kTrain, 0, 2);
    scene.add(data::Split::kTrain, 1, -2);
  }
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            {});
  EXPECT_NE(scene.card.calibration.warning.find("no validation images"), std::string::npos);
}

}  // namespace
}  // namespace paucal::judge
