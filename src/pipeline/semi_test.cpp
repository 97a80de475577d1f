// The line with unlabelled images, on tiny ones.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "data/files/test_tar.h"
#include "edge/pre/encode.h"
#include "pipeline/run.h"
#include "pipeline/stage_keys.h"
#include "pipeline/studies/semi_check.h"
#include "pipeline/studies/semi_compare.h"
#include "pipeline/test_training.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

class SemiLine : public testing::Test {
 protected:
  // Stripes across, stripes along, and a chequered board, in noise.
  static void SetUpTestSuite() {
    root_ = fs::temp_directory_path() / fmt::format("paucal_semi_{}", ::getpid());
    fs::remove_all(root_);
    for (int c = 0; c < 3; ++c)
      for (int i = 0; i < 16; ++i) {
        Random random(7, static_cast<uint64_t>(c), static_cast<uint64_t>(i));
        edge::Image image(16, 16, 1);
        for (int y = 0; y < 16; ++y)
          for (int x = 0; x < 16; ++x) {
            const int wave = c == 0 ? y / 2 : c == 1 ? x / 2 : x / 2 + y / 2;
            image.pixels[static_cast<size_t>(y * 16 + x)] =
                static_cast<uint8_t>(80 + 80 * (wave % 2) + random.below(40));
          }
        write_file_atomic(root_ / "set" / fmt::format("c{}", c) / fmt::format("{:02}.png", i),
                          *edge::encode_png(image));
      }
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static Recipe recipe(std::vector<std::string> more = {}) {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "data.val=0",
                                     "input.width=16",
                                     "input.height=16",
                                     "input.channels=1",
                                     "input.fit=squash",
                                     "model.arch=wrn-16-2",
                                     "model.width=8",
                                     "train.steps=6",
                                     "train.batch=4",
                                     "train.device=cpu",
                                     "train.checkpoint_seconds=0"};
    keys.insert(keys.end(), more.begin(), more.end());
    return load_recipe(fs::path(PAUCAL_SOURCE_DIR) / "recipes" / "semi.yaml", keys);
  }
  static RunState state(const char* out, std::vector<std::string> more = {}) {
    RunState run;
    run.recipe = recipe(std::move(more));
    run.folder = root_ / out;
    return run;
  }

  static inline fs::path root_;
};

// All images as an archive; one is broken.
void pack(const fs::path& root) {
  std::string shard;
  for (int i = 0; i < 48; ++i) {
    const std::string name = fmt::format("c{}/{:02}.png", i / 16, i % 16);
    shard += data::tar_file(name, i == 40 ? "no image" : read_text(root / "set" / name));
  }
  write_text_atomic(root / "shards" / "0.tar", shard + data::tar_end());
}

// What `paucal semi check` says of a run with six labels among many.
void expect_checked(const Json& report) {
  EXPECT_EQ(report.at("labels"), 6);
  EXPECT_EQ(report.at("unlabelled"), 48 + 30);
  EXPECT_EQ(report.at("pseudo").at("audit").at("images"), 47 + 30);
  const Json& held_out = report.at("held_out");
  EXPECT_EQ(held_out.at("images"), 12);
  const double wrong = 12 * held_out.at("error").get<double>();
  EXPECT_NEAR(wrong, std::round(wrong), 1e-9) << "images are wrong or right";
  EXPECT_NEAR(report.at("difference").at("mean"),
              held_out.at("error").get<double>() - held_out.at("error_labels_alone").get<double>(),
              1e-9);
  EXPECT_LE(report.at("difference").at("low"), report.at("difference").at("high"));
  EXPECT_EQ(report.at("over_time").size(), 6u);
  for (const Json& moment : report.at("over_time")) EXPECT_TRUE(moment.contains("pseudo_ece"));
  for (const char* name : {"c0", "c1", "c2"})
    EXPECT_EQ(report.at("classes_over_time").at(name).at("ratio").size(), 3u);
  EXPECT_EQ(report.at("foreign").at("needed"), 20) << "held-out images are too few";
}

TEST_F(SemiLine, LearnsFromFewLabelsAmongMany) {
  pack(root_);
  const auto learning = [](const char* out, const std::string& unlabelled) {
    return state(out, {"semi.method=freematch", "semi.labels=6", "semi.mu=2",
                       "train.loader.threads=3", "data.unlabelled=" + unlabelled});
  };
  RunState shards = learning("shards_run", (root_ / "shards").string());
  run_stages(shards, {"report"});
  EXPECT_EQ(shards.dataset.indices(data::Split::kTrain).size(), 6u);
  EXPECT_EQ(shards.dataset.count(), 48);
  EXPECT_EQ(shards.dataset.unlabelled_count(), 48 - 6 - 12 + 48);
  EXPECT_NE(read_text(shards.folder / "data.json").find("c2/08.png"), std::string::npos);
  EXPECT_NE(read_text(shards.folder / "labels.csv").find("c1/"), std::string::npos);
  const std::string metrics = read_text(shards.folder / "train" / "metrics.jsonl");
  for (const char* key : {"pseudo_share", "pseudo_precision", "pseudo_classes", "unlabelled",
                          "pseudo_ece", "teacher_gap", "teacher_disagreement", "pseudo_ratio/c2"})
    EXPECT_NE(metrics.find(key), std::string::npos) << key;
  // Without an OK class nothing is called NG.
  const Json figures = read_json(shards.folder / "report.json").at("image");
  EXPECT_EQ(figures.at("images"), 12);
  EXPECT_FALSE(figures.contains("auroc"));

  // The list that a run has made serves others, too: to training it is the same.
  RunState listed = learning("listed_run", (shards.folder / "unlabelled.idx").string());
  run_stages(listed, {"data"});
  EXPECT_EQ(read_json(listed.folder / "data.json").at("unlabelled"),
            read_json(shards.folder / "data.json").at("unlabelled"));
  EXPECT_EQ(train_key(listed), train_key(shards));

  Json report = check_run(shards.folder, test::no_training);
  expect_checked(report);
  EXPECT_FALSE(test::is_untrained(shards.folder)) << "done already";
  const fs::path alone = shards.folder / "check" / "supervised";
  EXPECT_TRUE(test::is_untrained(alone));
  const Recipe compared = recipe_of_run(alone);
  EXPECT_EQ(compared.semi.method, "supervised");
  EXPECT_EQ(compared.semi.labels, 6);
  EXPECT_EQ(compared.train.steps, 6) << "as many updates as the run had";
  EXPECT_THROW(check_run(alone, test::no_training), Error) << "no semi.method";
  std::string text = check_text(report);
  for (const char* part : {"labels alone", "near begin", "calibration error", "too few to tell"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_EQ(text.find("FOREIGN CONTENT"), std::string::npos);
  report["foreign"] = {{"images", 9},         {"held_out", 20},  {"flagged", .5},
                       {"expected", .05},     {"by_chance", .1}, {"found", true},
                       {"most", {"ring.png"}}};
  text = check_text(report);
  for (const char* part : {"FOREIGN CONTENT", "ring.png"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(SemiLine, CompareRefusesNumbersOfLabelsThatMeanAll) {
  for (const int64_t labels : {0, -5}) {
    const CompareOptions options{.methods = {"supervised"}, .labels = {labels}};
    EXPECT_THROW(compare_methods(recipe({}), options, root_ / "refused"), Error) << labels;
  }
  EXPECT_FALSE(fs::exists(root_ / "refused"));
}

TEST_F(SemiLine, CompareLeavesAResultForEachAndDoesNothingTwice) {
  const CompareOptions options{
      .methods = {"supervised", "fixmatch"}, .labels = {6, 9}, .seeds = 1, .test = 5};
  const fs::path folder = root_ / "compare";
  int trainings = 0;
  const Train train = [&](const TrainingInput& run, const std::string& key) {
    ++trainings;
    EXPECT_EQ(std::ssize(run.dataset.indices(data::Split::kTrain)), run.recipe.semi.labels);
    test::no_training(run, key);
  };
  const Json report = compare_methods(recipe({"semi.mu=1"}), options, folder, train);
  EXPECT_EQ(trainings, 4);
  ASSERT_EQ(report.at("results").size(), 4u);
  std::vector<std::string> order;
  for (const Json& result : report.at("results")) {
    order.push_back(fmt::format("{} {}", result.at("method").get<std::string>(),
                                result.at("labels").get<int>()));
    EXPECT_EQ(result.at("test_images"), 5);
    const double wrong = 5 * result.at("error").get<double>();
    EXPECT_NEAR(wrong, std::round(wrong), 1e-9) << "images are wrong or right";
  }
  EXPECT_EQ(order,
            (std::vector<std::string>{"supervised 6", "fixmatch 6", "supervised 9", "fixmatch 9"}));
  EXPECT_EQ(read_json(folder / "compare.json"), report);
  EXPECT_NE(read_text(folder / "compare.html").find("class=\"line c"), std::string::npos)
      << "a line over the numbers of labels";
  const std::string table = compare_table(report);
  for (const char* part : {"6 labels", "9 labels", "supervised", "fixmatch"})
    EXPECT_NE(table.find(part), std::string::npos) << part << "\n" << table;
  const std::string record = read_text(folder / "fixmatch-9-0" / "stages.json");
  EXPECT_EQ(compare_methods(recipe({"semi.mu=1"}), options, folder, train).at("results").size(),
            4u);
  EXPECT_EQ(read_text(folder / "fixmatch-9-0" / "stages.json"), record);
  EXPECT_EQ(trainings, 4);
}

TEST_F(SemiLine, AnInputThatCannotBeReadIsRefusedBeforeTraining) {
  RunState run = state("input", {"input.mean=0.5,0.5,0.5"});
  EXPECT_THROW(run_stages(run, {"train"}), Error);
  EXPECT_FALSE(fs::exists(run.folder / "train"));
}

// The other images of the set are the stream.
TEST_F(SemiLine, AnInspectionLearnsFromTheStreamToo) {
  const auto inspection = [](const char* out, const char* method) {
    RunState run;
    run.recipe =
        load_recipe("", {"data.root=" + (root_ / "set").string(), "task=inspection", "data.ok=c0",
                         "semi.labels=9", "input.multiple=8", std::string("semi.method=") + method,
                         "model.arch=resnet10", "model.width=8", "train.steps=4", "train.batch=4",
                         "train.device=cpu", "train.events=none"});
    run.folder = root_ / out;
    return run;
  };
  for (const char* method : {"fixmatch", "mean_teacher"}) {
    RunState run = inspection(method, method);
    run_stages(run, {"predict"});
    const std::string log = read_text(run.folder / "train" / "metrics.jsonl");
    EXPECT_NE(log.find("consistency"), std::string::npos) << method;
    EXPECT_NE(log.find("pseudo_share"), std::string::npos) << method;
  }
  const Json report = check_run(root_ / "fixmatch");
  EXPECT_TRUE(report.at("held_out").at("auroc").is_number());
  EXPECT_LE(report.at("difference").at("low"), report.at("difference").at("high"));
  EXPECT_NE(check_text(report).find("labels alone"), std::string::npos);
  const Recipe alone = recipe_of_run(root_ / "fixmatch" / "check" / "supervised");
  EXPECT_FALSE(alone.semi.on());
  EXPECT_EQ(alone.one_class.method, "head");
}

}  // namespace
}  // namespace paucal::pipeline
