#include "pipeline/run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "edge/format/model_file.h"
#include "edge/pre/decode.h"
#include "judge/inference.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/verify.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

class RunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = fs::temp_directory_path() / fmt::format("paucal_run_{}", ::getpid());
    fs::remove_all(root_);
    data::ElectrodeOptions options;
    options.count = 48;
    options.size = 96;
    options.seed = 3;
    data::write_electrode_set(options, root_ / "set", 2);
    const std::string cut = read_text(first_file("OK")).substr(0, 900);
    write_text_atomic(root_ / "set" / "OK" / "cut.jpg", cut);
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static fs::path first_file(const char* name) {
    return root_ / "set" / name / list_files(root_ / "set" / name).front();
  }

  static RunState state(const std::vector<std::string>& more = {}, const char* out = "run") {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "model.width=8",
                                     "train.epochs=2",
                                     "train.batch=8",
                                     "train.device=cpu",
                                     "input.local_contrast=8",
                                     "train.optimiser.name=adamw"};
    keys.insert(keys.end(), more.begin(), more.end());
    RunState run;
    run.recipe = load_recipe("", keys);
    run.folder = root_ / out;
    return run;
  }

  static inline fs::path root_;
};

TEST_F(RunTest, TheLineLeavesEverythingAPersonNeeds) {
  RunState run = state();
  run_stages(run, {"report"});
  for (const char* name : {"recipe.yaml", "stages.json", "data.json", "split.csv", "log.txt",
                           "model.safetensors", "model.json", "raw.bin", "predictions.jsonl",
                           "eval.json", "report.html", "report.json", "train/metrics.jsonl"})
    EXPECT_TRUE(fs::exists(run.folder / name)) << name;

  const Json report = read_json(run.folder / "report.json");
  for (const char* key : {"accuracy", "auroc", "overkill", "escape", "ece"})
    EXPECT_TRUE(report["image"][key].is_number()) << key;
  for (const char* key : {"loc_at_3px", "px_ap"})
    EXPECT_TRUE(report["localisation"][key].is_number()) << key;
  EXPECT_TRUE(report["seconds"]["train"].is_number());
  EXPECT_NE(report["data"]["problems"].dump().find("OK/cut.jpg"), std::string::npos)
      << "a broken file is listed";

  // One forward pass an image, whatever reads it afterwards.
  const Json stages = read_json(run.folder / "stages.json");
  EXPECT_EQ(stages["predict"]["forward_passes"], report["data"]["images"]);
  for (const char* name : {"locate", "eval", "report"})
    EXPECT_EQ(stages[name]["forward_passes"], 0) << name;

  // The same again does nothing; a later key runs only what depends on it.
  const auto weights = fs::last_write_time(run.folder / "train" / "last.safetensors");
  const auto report_time = fs::last_write_time(run.folder / "report.html");
  RunState again = state();
  run_stages(again, {"report"});
  EXPECT_EQ(fs::last_write_time(run.folder / "report.html"), report_time);
  RunState other = state({"locate.limit=overkill"});
  run_stages(other, {"report"});
  EXPECT_EQ(fs::last_write_time(run.folder / "train" / "last.safetensors"), weights);
  EXPECT_NE(fs::last_write_time(run.folder / "report.html"), report_time);

  // What the folder holds predicts.
  const judge::TrainedModel model = judge::load_model(run.folder);
  const auto image = edge::read_image(first_file("NG"), {1});
  ASSERT_TRUE(image.ok());
  const judge::Prediction prediction = interpret(model, judge::Inference(model).image(*image));
  EXPECT_GE(prediction.probability, 0);
  EXPECT_LE(prediction.probability, 1);
  EXPECT_EQ(heat_at_original(prediction).width, 96);
  for (const auto& found : prediction.boxes) {
    EXPECT_GE(found.box.x0, 0);
    EXPECT_LE(found.box.x1, 96);
  }
}

TEST_F(RunTest, OneSeedOneResult) {
  RunState a = state({"train.loader.threads=1"}, "a"), b = state({"train.loader.threads=4"}, "b");
  run_stages(a, {"locate"});
  run_stages(b, {"locate"});
  EXPECT_EQ(read_text(a.folder / "model.safetensors"), read_text(b.folder / "model.safetensors"));
  EXPECT_EQ(read_text(a.folder / "predictions.jsonl"), read_text(b.folder / "predictions.jsonl"));
}

TEST_F(RunTest, LargeImagesAreSeenInTiles) {
  RunState run = state({"input.tile=64", "input.tile_overlap=16", "view.looks=1", "model.upscale=4",
                        "train.epochs=3"},
                       "tiles");
  run_stages(run, {"pseudo"});
  EXPECT_NE(read_text(run.folder / "log.txt").find("looked for defects in all tiles of"),
            std::string::npos);
  const judge::TrainedModel model = judge::load_model(run.folder);
  EXPECT_EQ(model.input.tile, 64);
  const auto image = edge::read_image(first_file("NG"), {1});
  ASSERT_TRUE(image.ok());
  int tiles = 0;
  const auto raw = edge::predict_raw(
      model, edge::fit_image(*image, model.input), [&](const edge::Planes& canvas) {
        EXPECT_LE(std::max(canvas.width, canvas.height), 64);
        ++tiles;
        edge::NetworkOutput output;
        output.maps = {static_cast<int>(model.channels()), canvas.height, canvas.width, {}};
        output.maps.values.resize(output.maps.plane() * static_cast<size_t>(model.channels()));
        return output;
      });
  ASSERT_TRUE(raw.ok()) << raw.failure().message;
  EXPECT_EQ(tiles, 4);
  EXPECT_EQ(heat_at_original(interpret(model, judge::Inference(model).image(*image))).width, 96);

  // The exported file cuts by itself, and in other tiles where it is told so.
  write_file_atomic(root_ / "tiles.paucal", edge::write_model(export_model(model).model));
  const auto exported = value_or_throw(edge::Predictor::open(root_ / "tiles.paucal"));
  EXPECT_EQ(compare(model, *exported, *image, {}).wrong, "");
  EXPECT_TRUE(exported->choose_tiles(100, 0).has_value()) << "no multiple of 32";
  EXPECT_FALSE(exported->choose_tiles(96, 0).has_value());
  EXPECT_FALSE(exported->choose_tiles({}, 32).has_value());
  EXPECT_EQ(exported->card().input.tile, 96);
  EXPECT_EQ(exported->card().input.tile_overlap, 32);
  judge::TrainedModel whole = judge::load_model(run.folder);
  whole.input.tile = 0;
  EXPECT_EQ(compare(whole, *exported, *image, {}).wrong, "");
}

TEST_F(RunTest, ClassificationWithoutOkClass) {
  RunState run = state({"task=classification"}, "classes");
  run_stages(run, {"report"});
  const Json report = read_json(run.folder / "report.json");
  EXPECT_TRUE(report["image"]["accuracy"].is_number());
  EXPECT_FALSE(report["image"].contains("auroc"));
}

TEST_F(RunTest, BrokenModelFilesAreRefused) {
  RunState run = state({}, "broken");
  run_stages(run, {"train"});
  write_text_atomic(run.folder / "model.json", "{\"format\": 1}");
  EXPECT_THROW(judge::load_model(run.folder), Error);
}

TEST(Recipe, EveryShippedRecipeLoads) {
  const fs::path folder = fs::path(PAUCAL_SOURCE_DIR) / "recipes";
  int recipes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_NO_THROW(load_recipe(entry.path(), {})) << entry.path();
    ++recipes;
  }
  EXPECT_GT(recipes, 0);
}

TEST(Recipe, UnknownKeysAreRefusedWithTheNearest) {
  try {
    load_recipe("", {"train.epoch=3"});
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("train.epochs"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace paucal::pipeline
