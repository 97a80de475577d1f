// The line with unlabelled images, on tiny ones.

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "data/files/test_tar.h"
#include "edge/pre/encode.h"
#include "pipeline/run.h"
#include "pipeline/studies/semi_check.h"
#include "pipeline/studies/semi_compare.h"

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
                          edge::encode_png(image));
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

TEST_F(SemiLine, LearnsFromFewLabelsAndWatchesThePseudoLabels) {
  RunState run = state("few", {"semi.method=freematch", "semi.labels=6", "semi.mu=2"});
  run_stages(run, {"report"});
  EXPECT_EQ(run.dataset.indices(data::Split::kTrain).size(), 6u);
  EXPECT_EQ(run.dataset.count(), 48);
  for (const char* name : {"labels.csv", "model.safetensors", "eval.json", "report.html"})
    EXPECT_TRUE(fs::exists(run.folder / name)) << name;
  const std::string metrics = read_text(run.folder / "train" / "metrics.jsonl");
  for (const char* key : {"pseudo_share", "pseudo_precision", "pseudo_classes", "unlabelled",
                          "pseudo_ece", "teacher_gap", "teacher_disagreement", "pseudo_ratio/c2"})
    EXPECT_NE(metrics.find(key), std::string::npos) << key;
}

TEST_F(SemiLine, OneSeedOneResultWhateverTheLoader) {
  RunState a = state("a", {"semi.method=remixmatch", "semi.labels=6", "train.loader.threads=1"});
  RunState b = state("b", {"semi.method=remixmatch", "semi.labels=6", "train.loader.threads=3"});
  run_stages(a, {"train"});
  run_stages(b, {"train"});
  EXPECT_EQ(read_text(a.folder / "model.safetensors"), read_text(b.folder / "model.safetensors"));
}

TEST_F(SemiLine, LearnsFromBytesOfOneFileAndFromShards) {
  // All images end to end, a list of where they lie, and the same as an archive.
  std::string bytes, lines = "name,label,offset,size\n", shard;
  for (int i = 0; i < 48; ++i) {
    const std::string name = fmt::format("c{}/{:02}.png", i / 16, i % 16);
    const std::string image = i == 40 ? "no image" : read_text(root_ / "set" / name);
    lines += fmt::format("{},c{},{},{}\n", name, i / 16, bytes.size(), image.size());
    bytes += image;
    shard += data::tar_file(name, image);
  }
  write_text_atomic(root_ / "packed" / "images.bin", bytes);
  write_text_atomic(root_ / "packed" / "index.csv", lines);
  write_text_atomic(root_ / "shards" / "0.tar", shard + data::tar_end());

  const auto learn = [&](const char* out, const std::string& unlabelled) {
    RunState run = state(out, {"semi.method=flexmatch", "semi.labels=6", "semi.mu=2",
                               "train.steps=4", "data.unlabelled=" + unlabelled});
    run_stages(run, {"train"});
    EXPECT_EQ(run.dataset.unlabelled_count(), run.dataset.count() - 6 - 12 + 48);
    EXPECT_NE(read_text(run.folder / "train" / "metrics.jsonl").find("pseudo_"), std::string::npos);
    EXPECT_NE(read_text(run.folder / "data.json").find("c2/08.png"), std::string::npos);
    return read_text(run.folder / "model.safetensors");
  };
  const std::string weights = learn("packed_run", (root_ / "packed" / "index.csv").string());
  EXPECT_EQ(learn("shards_run", (root_ / "shards").string()), weights);
  // The list that a run has made serves others, too.
  EXPECT_EQ(learn("listed_run", (root_ / "shards_run" / "unlabelled.idx").string()), weights);

  const Json report = check_run(root_ / "shards_run");
  EXPECT_EQ(report.at("unlabelled"), 48 + 30);
  EXPECT_EQ(report.at("pseudo").at("audit").at("images"), 47 + 30);
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
      .methods = {"supervised", "fixmatch"}, .labels = {3, 6}, .seeds = 1, .test = 5};
  const fs::path folder = root_ / "compare";
  const Json report = compare_methods(recipe({"semi.mu=1"}), options, folder);
  ASSERT_EQ(report.at("results").size(), 4u);
  EXPECT_EQ(report.at("results")[1].at("method"), "fixmatch");
  EXPECT_EQ(report.at("results")[1].at("test_images"), 5);
  EXPECT_TRUE(fs::exists(folder / "compare.html"));
  EXPECT_NE(compare_table(report).find("6 labels"), std::string::npos);
  const auto weights = fs::last_write_time(folder / "fixmatch-6-0" / "model.safetensors");
  EXPECT_EQ(compare_methods(recipe({"semi.mu=1"}), options, folder).at("results").size(), 4u);
  EXPECT_EQ(fs::last_write_time(folder / "fixmatch-6-0" / "model.safetensors"), weights);
}

TEST_F(SemiLine, CheckSaysWhetherItHelped) {
  RunState run = state("check", {"semi.method=fixmatch", "semi.labels=6", "semi.mu=1"});
  run_stages(run, {"train"});
  const Json report = check_run(run.folder);
  EXPECT_EQ(report.at("labels"), 6);
  EXPECT_GE(report.at("held_out").at("images").get<int>(), 9);
  EXPECT_LE(report.at("difference").at("low"), report.at("difference").at("high"));
  EXPECT_TRUE(report.at("pseudo").contains("audit"));
  EXPECT_EQ(report.at("over_time").size(), 6u);
  for (const Json& moment : report.at("over_time")) EXPECT_TRUE(moment.contains("pseudo_ece"));
  for (const char* name : {"c0", "c1", "c2"}) {
    const Json& row = report.at("classes_over_time").at(name);
    EXPECT_EQ(row.at("ratio").size(), 3u);
    EXPECT_TRUE(row.at("ratio")[2].is_number());
  }
  EXPECT_GE(report.at("held_out").at("ece"), 0);
  EXPECT_LE(report.at("held_out").at("ece_labels_alone"), 1);
  const std::string text = check_text(report);
  for (const char* part : {"labels alone", "near begin", "calibration error", "too few to tell"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;

  RunState supervised = state("alone", {"semi.method=supervised", "semi.labels=6"});
  run_stages(supervised, {"train"});
  EXPECT_THROW(check_run(supervised.folder), Error);
}

// Half of the further images show rings, which no label knows.
TEST_F(SemiLine, ForeignContentAmongTheUnlabelledIsReported) {
  const auto further = [&](const char* name, bool foreign) {
    for (int i = 0; i < 120; ++i) {
      Random random(foreign ? 21 : 20, 5, static_cast<uint64_t>(i));
      edge::Image image(16, 16, 1);
      const bool ring = foreign && i % 2 == 1;
      for (int y = 0; y < 16; ++y)
        for (int x = 0; x < 16; ++x) {
          const int wave = i % 3 == 0 ? y / 2 : i % 3 == 1 ? x / 2 : x / 2 + y / 2;
          const int value =
              ring ? 40 + ((x - 8) * (x - 8) + (y - 8) * (y - 8)) * 3 / 2 : 80 + 80 * (wave % 2);
          image.pixels[static_cast<size_t>(y * 16 + x)] =
              static_cast<uint8_t>(std::min(255, value + static_cast<int>(random.below(40))));
        }
      write_file_atomic(root_ / name / fmt::format("{}{:03}.png", ring ? "ring" : "stripes", i),
                        edge::encode_png(image));
    }
  };
  further("mixed", true);
  further("alike", false);
  const auto check = [&](const char* name) {
    RunState run = state((std::string("run_") + name).c_str(),
                         {"semi.method=fixmatch", "semi.mu=2", "train.steps=40", "data.test=0.6",
                          "data.unlabelled=" + (root_ / name).string()});
    run_stages(run, {"train"});
    const Json report = check_run(run.folder);
    return std::pair(report.at("foreign"), check_text(report));
  };
  const auto [mixed, mixed_text] = check("mixed");
  EXPECT_GT(mixed.at("flagged"), .35);
  EXPECT_TRUE(mixed.at("found"));
  EXPECT_NE(mixed_text.find("FOREIGN CONTENT"), std::string::npos);
  for (const std::string path : mixed.at("most"))
    EXPECT_NE(path.find("ring"), std::string::npos) << path;
  const std::string list = read_text(root_ / "run_mixed" / "check" / "foreign.csv");
  EXPECT_TRUE(list.starts_with("path,distance,limit,called,confidence\n"));
  const auto [alike, alike_text] = check("alike");
  EXPECT_LT(alike.at("flagged"), .15);
  EXPECT_FALSE(alike.at("found"));
  EXPECT_EQ(alike_text.find("FOREIGN CONTENT"), std::string::npos);
}

TEST_F(SemiLine, AnInputThatCannotBeReadIsRefusedBeforeTraining) {
  RunState run = state("input", {"input.mean=0.5,0.5,0.5"});
  EXPECT_THROW(run_stages(run, {"train"}), Error);
  EXPECT_FALSE(fs::exists(run.folder / "train"));
}

TEST_F(SemiLine, InspectionIsRefused) {
  RunState run = state("inspection", {"task=inspection", "semi.labels=6", "data.ok=c0"});
  EXPECT_THROW(run_stages(run, {"train"}), Error);
}

}  // namespace
}  // namespace paucal::pipeline
