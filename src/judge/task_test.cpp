#include "judge/task.h"

#include <gtest/gtest.h>

#include "judge/calibrate.h"
#include "judge/evaluation.h"
#include "judge/galleries.h"
#include "judge/report_sections.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

// Two classes of which the scene's second stays without a mark on its images.
void classify(TestScene& scene) {
  scene.card.task = edge::Task::kClassification;
  scene.card.classes = scene.dataset.classes = {"hole", "smooth"};
  for (const data::Split split : {data::Split::kTrain, data::Split::kVal, data::Split::kTest})
    for (int i = 0; i < 6; ++i)
      for (const int label : {0, 1}) scene.add(split, label, 2 + .1 * i);
}

TEST(JudgeTask, EachTaskHasARowOfItsOwn) {
  edge::ModelCard card;
  for (const edge::Task task : {edge::Task::kInspection, edge::Task::kClassification}) {
    card.task = task;
    EXPECT_EQ(task_of(card).task, task);
  }
}

// What an OK class means to an inspection is a class like others to a classification.
TEST(JudgeTask, OnlyAnInspectionFindsDefects) {
  TestScene scene("task_defects");
  const data::Record ng = scene.add(data::Split::kTest, 0, 2);
  const data::Record ok = scene.add(data::Split::kTest, 1, -2);
  EXPECT_TRUE(shows_defect(scene.card, scene.dataset, ng));
  EXPECT_FALSE(shows_defect(scene.card, scene.dataset, ok));
  scene.card.task = edge::Task::kClassification;
  EXPECT_FALSE(shows_defect(scene.card, scene.dataset, ng));
}

TEST(JudgeTask, CalibrationFitsWhatTheTaskDecidesBy) {
  TestScene scene("task_calibrate");
  classify(scene);
  calibrate(scene.card, scene.dataset, scene.truth, scene.cache(), {scene.source(), scene.look()},
            {});
  EXPECT_EQ(scene.card.calibration.threshold_rule, "") << "a class is called, whatever its score";
  EXPECT_NE(scene.card.calibration.temperature, 1);

  TestScene inspected("task_calibrate_ng");
  inspected.fill();
  calibrate(inspected.card, inspected.dataset, inspected.truth, inspected.cache(),
            {inspected.source(), inspected.look()}, {});
  EXPECT_NE(inspected.card.calibration.threshold_rule, "");
  EXPECT_EQ(inspected.card.calibration.temperature, 1);
}

TEST(JudgeTask, AReportOfClassesTellsOfClasses) {
  TestScene scene("task_report");
  classify(scene);
  scene.raw[24].scores = {0, 5};  // a hole, called smooth
  const metrics::Figures figures =
      evaluate(scene.card, scene.dataset, scene.truth, scene.source(), 1 << 20);
  EXPECT_EQ(figures.confusion.called, scene.card.classes);
  EXPECT_EQ(figures.confusion.counts, (std::vector<std::vector<int64_t>>{{5, 1}, {0, 6}}));
  EXPECT_EQ(figures.by_class[0].second.right, 5);
  EXPECT_FALSE(figures.by_class[0].second.auroc);

  const auto decided = decide_all(scene.card, scene.dataset, scene.source());
  const report::Report report = report_sections(scene.card, scene.dataset, figures, decided);
  EXPECT_EQ(report.verdict, "On 12 test images the class is right in 91.7 %.");
  EXPECT_EQ(report.confusion->correct, (std::vector<int>{0, 1}));
  EXPECT_FALSE(report.decision);

  const auto picks = pick_galleries(scene.card, scene.dataset, decided, 3);
  ASSERT_EQ(picks.size(), 2u);
  EXPECT_EQ(picks[0].title, "Most certain mistakes");
  EXPECT_EQ(picks[0].records, std::vector<int>{24});
  const Prediction p = interpret(scene.card, scene.raw[24]);
  EXPECT_EQ(task_of(scene.card).detail(scene.card, scene.dataset.records[24], p),
            "hole, called smooth (0.99)");
}

TEST(JudgeTask, ALabelHasTheProbabilityThatTheModelGivesIt) {
  edge::ModelCard card;
  card.classes = {"a", "b"};
  card.class_is_ok = {false, false};
  RawPrediction raw;
  raw.scores = {2, 0};
  EXPECT_NEAR(task_of(card).probability(card, raw, 1), 1 / (1 + std::exp(-2.)), 1e-12) << "any NG";
  card.task = edge::Task::kClassification;
  EXPECT_NEAR(task_of(card).probability(card, raw, 1), 1 / (1 + std::exp(2.)), 1e-12);
}

}  // namespace
}  // namespace paucal::judge
