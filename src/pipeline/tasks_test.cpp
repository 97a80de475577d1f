#include "pipeline/tasks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"

namespace paucal::pipeline {
namespace {

using ::testing::HasSubstr;

data::Dataset classes_of(std::vector<std::string> names, std::vector<bool> is_ok) {
  data::Dataset dataset;
  dataset.classes = std::move(names);
  dataset.class_is_ok = std::move(is_ok);
  for (int i = 0; i < 3 * std::ssize(dataset.classes); ++i) {
    data::Record& record = dataset.records.emplace_back();
    record.path = fmt::format("{}.png", i);
    record.label = i / 3;
    record.split = data::Split::kTrain;
  }
  return dataset;
}

Recipe with_keys(const std::vector<std::string>& assignments) {
  return load_recipe({}, assignments);
}

edge::Task chosen(const std::vector<std::string>& assignments, const data::Dataset& dataset) {
  return task_of(with_keys(assignments), dataset).task;
}

std::string refusal(const std::vector<std::string>& assignments, const data::Dataset& dataset) {
  try {
    check_training(with_keys(assignments), dataset);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(Tasks, AutoInspectsWhereAClassMeansOk) {
  const data::Dataset parts = classes_of({"NG", "OK"}, {false, true});
  const data::Dataset animals = classes_of({"cat", "dog"}, {false, false});
  EXPECT_EQ(chosen({}, parts), edge::Task::kInspection);
  EXPECT_EQ(chosen({}, animals), edge::Task::kClassification);
  EXPECT_EQ(chosen({"semi.method=fixmatch"}, parts), edge::Task::kClassification);
  EXPECT_EQ(chosen({"task=classification"}, parts), edge::Task::kClassification);
  EXPECT_EQ(chosen({"task=inspection"}, animals), edge::Task::kInspection);
}

TEST(Tasks, SemiSupervisedLearningIsAWayToClassify) {
  const data::Dataset animals = classes_of({"cat", "dog"}, {false, false});
  const auto training = [&](const std::vector<std::string>& assignments) {
    const Recipe recipe = with_keys(assignments);
    return &task_of(recipe, animals).training_of(recipe, animals);
  };
  EXPECT_EQ(training({"semi.method=fixmatch"}), &semi_training);
  EXPECT_NE(training({}), &semi_training);
}

TEST(Tasks, ClassesAreToldApartFromTwoOn) {
  data::Dataset animals = classes_of({"cat", "dog"}, {false, false});
  animals.records.resize(3);
  EXPECT_THAT(refusal({}, animals), HasSubstr("class 'dog' has 0 images"));
  EXPECT_THAT(refusal({"task=classification"}, classes_of({"OK"}, {true})),
              HasSubstr("with one class ('OK')"));
  EXPECT_EQ(refusal({}, classes_of({"OK"}, {true})), "") << "OK images alone teach inspection";
}

TEST(Tasks, EachTrainingRefusesWhatDoesNotGoWithIt) {
  const data::Dataset parts = classes_of({"NG", "OK"}, {false, true});
  const data::Dataset animals = classes_of({"cat", "dog"}, {false, false});
  EXPECT_EQ(refusal({}, parts), "");
  EXPECT_EQ(refusal({}, animals), "");
  EXPECT_EQ(refusal({"semi.method=fixmatch"}, animals), "");
  EXPECT_THAT(refusal({"task=inspection"}, animals), HasSubstr("no class means OK (cat, dog)"));
  EXPECT_THAT(refusal({"task=inspection", "semi.method=comatch"}, parts),
              HasSubstr("expected fixmatch or mean_teacher"));
  EXPECT_THAT(refusal({"task=inspection", "semi.method=fixmatch"}, parts),
              HasSubstr("without unlabelled images"));
  EXPECT_THAT(refusal({"semi.method=fixmatch", "input.tile=64"}, animals), HasSubstr("input.tile"));
  EXPECT_THAT(refusal({"semi.method=fixmatch", "seam.weight=1"}, animals),
              HasSubstr("seam.weight"));
  EXPECT_THAT(refusal({"semi.method=fixmatch", "detector.head=mil"}, animals),
              HasSubstr("model.bbox_head.type=mil"));
  for (const data::Dataset* dataset : {&parts, &animals}) {
    EXPECT_THAT(refusal({"detector.head=mil", "seam.weight=1"}, *dataset),
                HasSubstr("seam.weight"));
    EXPECT_THAT(
        refusal({"detector.head=mil", "detect.self_training.method=dense_teacher"}, *dataset),
        HasSubstr("dense_teacher"));
  }
}

}  // namespace
}  // namespace paucal::pipeline
