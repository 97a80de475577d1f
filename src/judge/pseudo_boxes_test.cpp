#include "judge/pseudo_boxes.h"

#include <gtest/gtest.h>

#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

TEST(PseudoBoxes, AnObjectThatEveryCheckSeesHasFullEvidence) {
  TestScene scene("pseudo");
  scene.add(data::Split::kTrain, 0, 2);
  scene.card.calibration.heat_low = -2;
  scene.card.calibration.heat_high = 2;
  const auto fitted = scene.cache().get(0);
  const PseudoLooks looks{scene.look(), scene.look()};
  const auto boxes = pseudo_boxes(scene.card, *fitted, looks.alone(*fitted), looks, 0, {});
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_GT(edge::iou(boxes[0].found.box, TestScene::kDefect), .9f);
  EXPECT_GT(boxes[0].evidence.mirrored, .9);
  EXPECT_GT(boxes[0].evidence.scaled, .6);
  EXPECT_DOUBLE_EQ(boxes[0].evidence.layers, 1);
  EXPECT_NEAR(boxes[0].evidence.deletion, 1, 1e-9) << "filled with its ring, nothing is left";
  EXPECT_GT(boxes[0].evidence.combined(), .8);
}

TEST(PseudoBoxes, WhatMirroredImagesDoNotShowIsNoBox) {
  TestScene scene("pseudo_mirrored");
  scene.add(data::Split::kTrain, 0, 2);
  scene.card.calibration.heat_low = -2;
  scene.card.calibration.heat_high = 2;
  const auto fitted = scene.cache().get(0);
  const PseudoLooks looks{[&](const edge::Fitted& image) {
                            edge::Fitted blank = image;
                            std::ranges::fill(blank.image.pixels, 90);
                            return scene.look()(blank);
                          },
                          scene.look()};
  const auto boxes = pseudo_boxes(scene.card, *fitted, scene.raw[0], looks, 0, {});
  ASSERT_EQ(boxes.size(), 1u) << "the first view is the stored one";
  EXPECT_EQ(boxes[0].evidence.mirrored, 0);
  EXPECT_EQ(boxes[0].evidence.combined(), 0);
}

}  // namespace
}  // namespace paucal::judge
