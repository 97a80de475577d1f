// From OK images alone to a file for the line.

#include "pipeline/one_class.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "edge/format/model_file.h"
#include "edge/runtime/predictor.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/verify.h"
#include "pipeline/start.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OneClassTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = fs::temp_directory_path() / fmt::format("paucal_one_class_{}", ::getpid());
    fs::remove_all(root_);
    data::ElectrodeOptions options;
    options.count = 32;
    options.size = 96;
    options.seed = 3;
    options.images_per_part = 2;
    data::write_electrode_set(options, root_ / "set", 2);
    fs::rename(root_ / "set" / "NG", root_ / "NG");
    fs::remove_all(root_ / "set" / "truth");
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static RunState state(const std::vector<std::string>& more = {}, const char* out = "run") {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "model.arch=resnet10",
                                     "model.width=8",
                                     "train.device=cpu",
                                     "one_class.strides=[4,8]",
                                     "one_class.vectors=200",
                                     "locate.flips=true"};
    keys.insert(keys.end(), more.begin(), more.end());
    RunState run;
    run.recipe = load_recipe("", keys);
    run.folder = root_ / out;
    return run;
  }
  static fs::path finished() {
    RunState run = state();
    run_stages(run, {"report"});
    return run.folder;
  }

  static inline fs::path root_;
};

TEST_F(OneClassTest, OkImagesAloneMakeAModelThatSaysWhatItCanPromise) {
  const fs::path folder = finished();
  const Json report = read_json(folder / "report.json");
  EXPECT_EQ(report.at("start").at("method"), "bank");
  EXPECT_EQ(report.at("start").at("ng"), 0);
  const Json promise = report.at("promise");
  const Json counts = read_json(folder / "data.json").at("counts").at("OK");
  const int known = counts.at("train").get<int>() + counts.at("val").get<int>();
  EXPECT_EQ(promise.at("ok_images"), known) << "train and validation images";
  EXPECT_NEAR(promise.at("false_alarms").get<double>(), 1. / (known + 1), 1e-9);
  EXPECT_NEAR(promise.at("false_alarms_95").get<double>(), 1 - std::pow(.05, 1. / known), 1e-6);
  EXPECT_TRUE(report.at("image").at("auroc").is_null()) << "no NG image";
  const std::string page = read_text(folder / "report.html");
  EXPECT_THAT(page, HasSubstr("OK images false alarms can be held to"));
  EXPECT_THAT(page, HasSubstr("Learnt by bank: no NG image for training"));
}

// Images of the memory itself are judged as if it had never seen them.
TEST_F(OneClassTest, WhatIsRememberedDoesNotLookMoreFamiliarThanWhatIsNot) {
  const fs::path folder = finished();
  double known = 0, unseen = 0;
  int known_count = 0, unseen_count = 0;
  const std::string lines = read_text(folder / "predictions.jsonl");
  for (size_t at = 0; at < lines.size(); at = lines.find('\n', at) + 1) {
    const Json line = Json::parse(lines.substr(at, lines.find('\n', at) - at));
    const bool test = line.at("split") == "test";
    (test ? unseen : known) += line.at("score").get<double>();
    ++(test ? unseen_count : known_count);
  }
  ASSERT_GT(known_count, 0);
  ASSERT_GT(unseen_count, 0);
  EXPECT_LT(unseen / unseen_count, 1.5 * known / known_count);
  EXPECT_GT(unseen / unseen_count, .5 * known / known_count);
}

TEST_F(OneClassTest, TheFileForTheLineSaysTheSame) {
  const fs::path folder = finished();
  const judge::TrainedModel model = judge::load_model(folder);
  EXPECT_FALSE(model.flips) << "mirrored parts are not known";
  write_file_atomic(root_ / "bank.paucal", edge::write_model(export_model(model).model));
  const auto predictor = value_or_throw(edge::Predictor::open(root_ / "bank.paucal"));
  std::vector<std::string> files = test_images(folder, 2);
  files.push_back((root_ / "NG" / list_files(root_ / "NG").front()).string());
  const Verification seen = verify(model, *predictor, files, {});
  EXPECT_EQ(seen.images, 3);
  EXPECT_TRUE(seen.wrong.empty()) << seen.wrong.front().wrong;
}

TEST_F(OneClassTest, NgImagesOfTheTestSplitAloneMeasure) {
  const fs::path set = root_ / "tested";
  fs::create_directories(set);
  fs::copy(root_ / "set" / "OK", set / "OK", fs::copy_options::recursive);
  fs::copy(root_ / "NG", set / "NG", fs::copy_options::recursive);
  std::string split = "path,class,split\n";
  int number = 0;
  for (const std::string& name : list_files(set / "OK"))
    split += fmt::format("OK/{},OK,{}\n", name, ++number % 4 == 0 ? "test" : "train");
  for (const std::string& name : list_files(set / "NG"))
    split += fmt::format("NG/{},NG,test\n", name);
  write_text_atomic(set / "split.csv", split);
  RunState run = state({"data.root=" + set.string(), "data.split=" + (set / "split.csv").string()},
                       "tested_run");
  run_stages(run, {"report"});
  const Json report = read_json(run.folder / "report.json");
  EXPECT_TRUE(report.at("image").at("auroc").is_number());
  EXPECT_EQ(report.at("image").at("ng_images"), std::ssize(list_files(root_ / "NG")));
}

// With a class map beside the memory: both are asked whether they point at one place.
TEST_F(OneClassTest, ARunAsksWhetherItsMapShowsWhatDecides) {
  const fs::path set = root_ / "taught";
  fs::create_directories(set);
  fs::copy(root_ / "set" / "OK", set / "OK", fs::copy_options::recursive);
  fs::copy(root_ / "NG", set / "NG", fs::copy_options::recursive);
  RunState run = state({"data.root=" + set.string(), "one_class.method=both", "one_class.turns=1",
                        "train.steps=4", "train.batch=8", "train.loader.threads=1"},
                       "taught_run");
  run_stages(run, {"report"});
  const Json reasons = read_json(run.folder / "reasons.json");
  const Json report = read_json(run.folder / "report.json");
  ASSERT_GT(reasons.at("images"), 0);
  EXPECT_LE(reasons.at("images"), 24);
  EXPECT_EQ(report.at("reasons"), reasons);
  EXPECT_TRUE(reasons.at("agreement").is_number());
  const std::string page = read_text(run.folder / "report.html");
  EXPECT_THAT(page, HasSubstr("Does the map show what decides?"));
  const std::string wrong = reasons.at("sentence");
  if (!wrong.empty()) {
    EXPECT_THAT(read_text(run.folder / "log.txt"), HasSubstr("warning reasons: " + wrong));
  }
  EXPECT_GT(read_json(run.folder / "stages.json")["reasons"]["forward_passes"], 0);
}

TEST_F(OneClassTest, OtherAsksOfAlphaTrainNothing) {
  const fs::path folder = finished();
  const Json before = read_json(folder / "stages.json");
  RunState run = state({"one_class.alpha=.2"});
  run_stages(run, {"report"});
  const Json after = read_json(folder / "stages.json");
  for (const char* name : {"train", "predict"}) EXPECT_EQ(before.at(name), after.at(name)) << name;
  EXPECT_NE(before.at("calibrate"), after.at("calibrate"));
}

TEST_F(OneClassTest, ClassificationStillTakesTwoClasses) {
  RunState run = state({"task=classification"}, "refused");
  try {
    run_stages(run, {"report"});
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("task=classification with one class ('OK')"));
  }
}

data::Dataset records_of(int ok, int ng) {
  data::Dataset dataset;
  dataset.classes = {"NG", "OK"};
  dataset.class_is_ok = {false, true};
  for (int i = 0; i < ok + ng; ++i) {
    data::Record& record = dataset.records.emplace_back();
    record.path = fmt::format("{:03}.png", i);
    record.label = i < ok;
    record.split = data::Split::kTrain;
  }
  return dataset;
}

TEST(Start, FollowsTheNgImagesThatThereAre) {
  Recipe recipe;
  EXPECT_EQ(start_of(recipe, records_of(20, 0)).method, "bank");
  EXPECT_THAT(start_of(recipe, records_of(20, 1)).why, HasSubstr("1 NG image for training"));
  EXPECT_EQ(start_of(recipe, records_of(20, 30)).method, "head");
  EXPECT_EQ(start_of(recipe, records_of(20, 30)).ng, 30);
  recipe.one_class.method = "both";
  EXPECT_EQ(start_of(recipe, records_of(20, 0)).method, "both");
}

TEST(Start, WhatNeedsAClassMapHasOne) {
  Recipe recipe;
  recipe.model.detector.bbox_head.type = "retinanet_mil";
  EXPECT_EQ(start_of(recipe, records_of(20, 0)).method, "head");
}

TEST(Owners, OneAGroupAndNoneOfTestOrNgImages) {
  data::Dataset dataset = records_of(4, 1);
  dataset.records[0].group = dataset.records[2].group = "part";
  dataset.records[3].split = data::Split::kTest;
  EXPECT_THAT(owners_of(dataset), ElementsAre(0, 1, 0, -1, -1));
}

TEST_F(OneClassTest, BesideAClassMapAMemoryReadsStagesOfItsOwn) {
  RunState run = state(
      {"model.arch=mobilenet_v3_small", "model.width=0", "model.taps=[s8,s16]",
       "one_class.method=both", "one_class.strides=[16,32]", "train.steps=1", "train.batch=4"},
      "both");
  run_stages(run, {"train"});
  EXPECT_TRUE(fs::exists(run.folder / "model.safetensors"));
}

}  // namespace
}  // namespace paucal::pipeline
