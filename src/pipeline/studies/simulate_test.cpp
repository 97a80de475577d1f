#include "pipeline/studies/simulate.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "pipeline/test_training.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

// Networks learn nothing here: what is reviewed, what it costs and what teaches is the same.
class SimulateTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = fs::temp_directory_path() / fmt::format("paucal_simulate_{}", ::getpid());
    fs::remove_all(root_);
    data::ElectrodeOptions options;
    options.count = 40;
    options.size = 96;
    options.seed = 5;
    data::write_electrode_set(options, root_ / "set", 2);
    make_run("run", "one_class.method=head");
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static void make_run(const char* name, const std::string& key) {
    RunState run;
    run.recipe = load_recipe(
        "", {"data.root=" + (root_ / "set").string(), "model.width=8", "train.device=cpu",
             "train.threads=1", "train.batch=8", "train.schedule.warmup_steps=50", key});
    run.folder = root_ / name;
    run.train = test::no_training;
    run_stages(run, {"train"});
  }
  static SimulateOptions options() {
    return {.seeds = 1, .points = {.3, .6}, .epochs = 2, .min_evidence = 0};
  }
  // Names of the runs that were trained.
  Train counted() {
    return [this](const TrainingInput& run, const std::string& key) {
      trained_.insert(run.folder.parent_path().filename().string() + "/" +
                      run.folder.filename().string());
      test::no_training(run, key);
    };
  }
  static std::string record(const fs::path& run) { return read_text(run / "stages.json"); }

  static inline fs::path root_;
  std::set<std::string> trained_;
};

TEST_F(SimulateTest, ReviewsTeachesAndGoesOnWhereItWasKilled) {
  const fs::path run = root_ / "run", out = root_ / "out";
  const std::string before = record(run);
  const Json report = simulate(run, options(), out, counted());
  EXPECT_EQ(record(run), before) << "the run stays as it is";
  EXPECT_FALSE(fs::exists(run / "pseudo_boxes.json"));
  EXPECT_EQ(trained_, (std::set<std::string>{"seed-0/drawn", "seed-0/random-1", "seed-0/random-2",
                                             "seed-0/least_sure-1", "seed-0/least_sure-2",
                                             "seed-0/ours-1", "seed-0/ours-2"}));
  std::map<std::string, std::vector<Json>> curves;
  for (const Json& point : report["points"]) curves[point["order"]].push_back(point);
  ASSERT_EQ(curves.size(), 3u);
  for (const auto& [order, points] : curves) {
    ASSERT_EQ(points.size(), 3u) << order;
    EXPECT_EQ(points[0]["seconds"], 0.) << order;
    for (size_t i = 0; i + 1 < points.size(); ++i) {
      EXPECT_LT(points[i]["seconds"], points[i + 1]["seconds"]) << order;
      EXPECT_LT(points[i]["images"], points[i + 1]["images"]) << order;
    }
    EXPECT_EQ(points[2]["actions"]["open"], points[2]["images"]) << "each image is opened once";
    for (const char* figure : {"map_at_50", "loc_at_3px", "median_edge_error_px", "auroc"})
      EXPECT_TRUE(points[2]["figures"].contains(figure)) << figure;
  }
  EXPECT_EQ(report["drawn"].size(), 1u);
  EXPECT_FALSE(report["claims"].empty());
  EXPECT_NE(read_text(out / "simulate.html").find("<svg"), std::string::npos);
  EXPECT_EQ(read_json(out / "simulate.json"), report);

  // Trained on from the last weights, by what was reviewed and by no other truth.
  const Recipe second = recipe_of_run(out / "seed-0" / "ours-2");
  EXPECT_EQ(fs::path(second.model.weights), fs::absolute(out / "seed-0/ours-1/model.safetensors"));
  EXPECT_EQ(second.train.schedule.warmup_steps, 0) << "longer than the training";
  const Json made = read_json(out / "seed-0/ours-1/point.json");
  std::set<std::string> seen;
  for (const Json& image : made["seen"]) seen.insert(image["path"]);
  const Json taught = read_json(out / "seed-0/ours-1/taught_boxes.json");
  std::set<Json> drawn_images;
  for (const Json& image : taught["images"])
    if (seen.erase(image["file_name"])) drawn_images.insert(image["id"]);
  EXPECT_TRUE(seen.empty()) << "all that was reviewed teaches";
  for (const Json& box : taught["annotations"])
    EXPECT_EQ(box.contains("score"), !drawn_images.contains(box["image_id"]))
        << "pseudo boxes stay guesses";

  // Killed before its last point.
  trained_.clear();
  fs::remove_all(out / "seed-0/ours-2");
  EXPECT_EQ(simulate(run, options(), out, counted()), report);
  EXPECT_EQ(trained_, std::set<std::string>{"seed-0/ours-2"});
}

TEST_F(SimulateTest, RefusesAFolderOfOtherCosts) {
  const fs::path out = root_ / "other";
  SimulateOptions few = options();
  few.points = {1};
  simulate(root_ / "run", few, out, test::no_training);
  write_text_atomic(root_ / "costs.yaml", "draw: 30\n");
  few.costs = root_ / "costs.yaml";
  try {
    simulate(root_ / "run", few, out, test::no_training);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("another 'costs'"), std::string::npos) << error.what();
  }
}

TEST_F(SimulateTest, RefusesWhatCannotBeSimulated) {
  const fs::path out = root_ / "refused";
  SimulateOptions falling = options();
  falling.points = {.5, .2};
  EXPECT_THROW(simulate(root_ / "run", falling, out), Error);
  EXPECT_THROW(simulate(root_ / "none", options(), out), Error);
  SimulateOptions no_truth = options();
  no_truth.truth = root_ / "empty";
  fs::create_directories(no_truth.truth);
  EXPECT_THROW(simulate(root_ / "run", no_truth, out), Error);
  make_run("bank", "one_class.method=bank");
  try {
    simulate(root_ / "bank", options(), out);
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("one_class.method=bank"), std::string::npos)
        << error.what();
  }
  EXPECT_FALSE(fs::exists(out));
}

}  // namespace
}  // namespace paucal::pipeline
