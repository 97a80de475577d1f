#include "judge/evaluation.h"

#include <gtest/gtest.h>

#include "edge/post/detector_card.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

constexpr int64_t kPixels = 1 << 20;

metrics::Figures figures_of_scene(TestScene& scene) {
  return evaluate(scene.card, scene.dataset, scene.truth, scene.source(), kPixels);
}

TEST(Evaluate, APerfectModelHasPerfectFigures) {
  TestScene scene("evaluate");
  scene.fill();
  const metrics::Figures f = figures_of_scene(scene);
  EXPECT_EQ(f.image.images, 12);
  EXPECT_EQ(f.image.ng_images, 6);
  EXPECT_DOUBLE_EQ(*f.image.auroc, 1);
  EXPECT_DOUBLE_EQ(*f.image.accuracy, 1);
  ASSERT_TRUE(f.localisation);
  EXPECT_EQ(f.localisation->truths, 6);
  EXPECT_EQ(f.localisation->missed, 0);
  EXPECT_DOUBLE_EQ(*f.localisation->loc_at_3px, 1);
  EXPECT_DOUBLE_EQ(*f.localisation->map_at_50, 1);
  EXPECT_EQ(f.by_class[0].first, "NG");
  EXPECT_EQ(f.by_class[0].second.right, 6);
  EXPECT_EQ(f.confusion.counts, (std::vector<std::vector<int64_t>>{{0, 6}, {6, 0}}));
}

TEST(Evaluate, EscapesAreMissedDefects) {
  TestScene scene("evaluate_escape");
  scene.fill();
  scene.raw[24].scores[0] = -5;  // the first NG image of the test split
  const metrics::Figures f = figures_of_scene(scene);
  EXPECT_NEAR(*f.image.escape, 1. / 6, 1e-12);
  EXPECT_EQ(f.localisation->missed, 1);
  EXPECT_NEAR(*f.localisation->loc_at_3px, 5. / 6, 1e-12);
  EXPECT_LT(*f.image.auroc, 1);
}

TEST(Evaluate, WithoutTruthThereIsNoLocalisation) {
  TestScene scene("evaluate_blind");
  scene.fill();
  scene.truth = {};
  const metrics::Figures f = figures_of_scene(scene);
  EXPECT_FALSE(f.localisation);
  EXPECT_FALSE(metrics::to_json(f).contains("localisation"));
}

TEST(Evaluate, WithoutTestImagesItIsRefused) {
  TestScene scene("evaluate_none");
  scene.add(data::Split::kVal, 0, 2);
  EXPECT_THROW(figures_of_scene(scene), Error);
}

// Objects of some images are boxes with classes, of others regions of a mask.
TEST(Evaluate, TruthOfTwoKindsIsJudgedTogether) {
  TestScene scene("evaluate_mixed");
  scene.card.task = edge::Task::kClassification;
  scene.card.classes = scene.dataset.classes = {"hole", "crack"};
  scene.card.class_is_ok = scene.dataset.class_is_ok = {false, false};
  scene.card.detector = edge::DetectorCard{.classes = 2, .strides = {}, .anchors = {}, .nms = {}};
  scene.fill();
  edge::Image mask(TestScene::kSide, TestScene::kSide, 1);
  for (int y = 10; y < 16; ++y)
    for (int x = 8; x < 18; ++x) mask.at(x, y) = 255;
  write_file_atomic(scene.dataset.root / "mask.png", *edge::encode_png(mask));
  for (size_t i = 0; i < scene.raw.size(); ++i) {
    const data::Record& record = scene.dataset.records[i];
    scene.raw[i].boxes = {{TestScene::kDefect, .9f, record.label}};
    if (i % 4 < 2) continue;
    scene.truth.edit(record) = {.known = true, .objects = {}, .mask_path = "mask.png"};
  }
  const metrics::Figures f = figures_of_scene(scene);
  EXPECT_EQ(f.localisation->truths, 12);
  EXPECT_DOUBLE_EQ(*f.localisation->map_at_50, 1) << "a region is of its image's class";
}

// Records come in pairs, NG and OK; each pair is a part.
TEST(Evaluate, PartsAreWhatTheirWorstViewIs) {
  TestScene scene("evaluate_parts");
  scene.fill();
  EXPECT_FALSE(figures_of_scene(scene).part);
  for (size_t i = 0; i < scene.dataset.records.size(); ++i)
    scene.dataset.records[i].part = fmt::format("part{}", i / 2);
  scene.dataset.records[25].part = "alone";  // an OK image of the test split
  scene.raw[26].scores[0] = -5;              // the NG view of a part; its OK view stays OK
  const metrics::Figures f = figures_of_scene(scene);
  ASSERT_TRUE(f.part);
  EXPECT_EQ(f.part->images, 7);
  EXPECT_EQ(f.part->ok_images, 1);
  EXPECT_NEAR(*f.part->escape, 1. / 6, 1e-12);
  EXPECT_DOUBLE_EQ(*f.part->overkill, 0);
  EXPECT_EQ(f.image.images, 12);
  const metrics::Figures read = metrics::figures_from_json(metrics::to_json(f));
  EXPECT_EQ(read.part->escape, f.part->escape);
}

TEST(Evaluate, HiddenDefectsAreNoTruth) {
  TestScene scene("evaluate_hidden");
  scene.fill();
  scene.card.input.roi = {0, 0, 32, 8};  // above all defects
  const metrics::Figures f = figures_of_scene(scene);
  EXPECT_EQ(f.localisation->truths, 0);
  EXPECT_EQ(f.localisation->false_boxes, 0);
}

}  // namespace
}  // namespace paucal::judge
