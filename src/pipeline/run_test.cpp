#include "pipeline/run.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "edge/format/model_file.h"
#include "edge/pre/decode.h"
#include "judge/inference.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/golden.h"
#include "pipeline/deploy/verify.h"
#include "pipeline/pretrain_recipe.h"

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

  // Large images in tiles, so that training, figures and the file cut alike.
  static RunState state(const std::vector<std::string>& more = {}, const char* out = "run") {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "model.width=8",
                                     "train.epochs=3",
                                     "train.batch=8",
                                     "train.device=cpu",
                                     "train.loader.threads=1",
                                     "input.local_contrast=8",
                                     "input.tile=64",
                                     "input.tile_overlap=16",
                                     "view.looks=1",
                                     "model.upscale=4",
                                     "train.optimiser.name=adamw"};
    keys.insert(keys.end(), more.begin(), more.end());
    RunState run;
    run.recipe = load_recipe("", keys);
    run.folder = root_ / out;
    return run;
  }
  // The run that all tests look at.
  static fs::path trained() {
    const fs::path folder = root_ / "run";
    if (!fs::exists(folder / "report.json")) {
      RunState run = state();
      run_stages(run, {"report", "pseudo"});
    }
    return folder;
  }
  // The stages that the same folder runs with other keys.
  static std::vector<std::string> rerun(const std::vector<std::string>& more) {
    const Json before = read_json(trained() / "stages.json");
    RunState run = state(more);
    run_stages(run, {"report", "pseudo"});
    const Json after = read_json(trained() / "stages.json");
    std::vector<std::string> names;
    for (const Stage& stage : stages())
      if (before.at(stage.name) != after.at(stage.name)) names.push_back(stage.name);
    return names;
  }
  using Names = std::vector<std::string>;

  static inline fs::path root_;
};

TEST_F(RunTest, LeavesEverythingAPersonNeeds) {
  const fs::path folder = trained();
  const Json report = read_json(folder / "report.json"), eval = read_json(folder / "eval.json");
  EXPECT_EQ(report["image"], eval["image"]);
  for (const char* key : {"truths", "missed", "px_ap", "loc_at_3px"})
    EXPECT_EQ(report["localisation"].at(key), eval["localisation"].at(key)) << key;
  EXPECT_EQ(report["image"].at("images"), report["image"].at("ok_images").get<int>() +
                                              report["image"].at("ng_images").get<int>());
  EXPECT_NE(report["data"]["problems"].dump().find("OK/cut.jpg"), std::string::npos)
      << "a broken file is listed";
  const Json record = read_json(folder / "stages.json");
  EXPECT_EQ(report["seconds"]["train"], record["train"]["seconds"]);
  const Json split = read_json(folder / "data.json").at("counts");
  EXPECT_GE(record["predict"]["forward_passes"].get<int>(), 4 * report["data"]["images"].get<int>())
      << "four tiles an image";
  for (const char* name : {"locate", "eval", "galleries", "report"})
    EXPECT_EQ(record[name]["forward_passes"], 0) << name;
  EXPECT_NE(read_text(folder / "log.txt").find("forward passes"), std::string::npos);
  EXPECT_NE(read_text(folder / "log.txt").find("looked for defects in all tiles of"),
            std::string::npos);
  EXPECT_EQ(read_text(folder / "train" / "metrics.jsonl").find("map_box_loss"), std::string::npos)
      << "nobody gave a box";
  int tests = 0;
  for (const char* name : {"NG", "OK"}) tests += split[name]["test"].get<int>();
  EXPECT_EQ(std::ssize(list_files(folder / "overlays")), tests);
}

TEST_F(RunTest, SaysWhatIsWrongWithTheData) {
  const fs::path boxes = root_ / "large.json";
  write_text_atomic(boxes, fmt::format(R"({{"images": [{{"id": 1, "file_name": "{}",
    "width": 192, "height": 192}}], "categories": [{{"id": 1, "name": "NG"}}],
    "annotations": [{{"image_id": 1, "category_id": 1, "bbox": [9, 9, 20, 20]}}]}})",
                                       "NG/" + first_file("NG").filename().string()));
  RunState run = state({"data.boxes=" + boxes.string()}, "warned");
  run_stages(run, {"data"});
  const std::string log = read_text(root_ / "warned" / "log.txt");
  EXPECT_NE(
      log.find("warning data: annotations drawn on another size than that of their image (1)"),
      std::string::npos);
  EXPECT_NE(log.find("drawn on 192×192, the image is 96×96"), std::string::npos);
  EXPECT_NE(log.find("warning data: cannot be decoded to its end (1): 'OK/cut.jpg'"),
            std::string::npos);
}

TEST_F(RunTest, RunsAgainOnlyWhatAKeyOrTheTruthReaches) {
  EXPECT_EQ(rerun({}), Names{});
  const std::string galleries = read_text(trained() / "galleries.json");
  EXPECT_EQ(rerun({"report.title=Electrodes"}), Names{"report"});
  const std::string log = read_text(trained() / "log.txt");
  EXPECT_NE(log.substr(log.rfind("run: ")).find("0 forward passes, 0 images decoded"),
            std::string::npos)
      << "the pictures are there already";
  const std::string page = read_text(trained() / "report.html");
  EXPECT_NE(page.find("<h1>Electrodes</h1>"), std::string::npos);
  EXPECT_NE(page.find("data:image/jpeg;base64,"), std::string::npos);
  EXPECT_EQ(read_text(trained() / "galleries.json"), galleries);
  const Names from_calibrate = rerun({"locate.limit=overkill"});
  EXPECT_EQ(from_calibrate.front(), "calibrate");
  EXPECT_EQ(std::ranges::find(from_calibrate, "train"), from_calibrate.end());
  EXPECT_EQ(std::ranges::find(from_calibrate, "predict"), from_calibrate.end());

  // Masks as truth: they measure and choose thresholds, and never train.
  const std::vector<std::string> masks = {
      "data.truth=" + (root_ / "set" / "truth" / "masks").string(), "locate.calibration_boxes=2"};
  const Names from_truth = rerun(masks);
  EXPECT_EQ(std::ranges::find(from_truth, "train"), from_truth.end());
  EXPECT_NE(std::ranges::find(from_truth, "eval"), from_truth.end());
  EXPECT_NE(judge::load_model(trained()).calibration.box_rule.find("2 boxed"), std::string::npos);
  // Back again: as if it had never been calibrated otherwise.
  const std::string other = read_text(trained() / "calibration.json");
  rerun({});
  const std::string first = read_text(trained() / "calibration.json");
  EXPECT_NE(first, other);
  rerun(masks);
  EXPECT_EQ(read_text(trained() / "calibration.json"), other);
}

TEST_F(RunTest, TheSameWeightsGiveTheSameResult) {
  const fs::path folder = trained();
  rerun({});
  RunState other = state({"train.loader.threads=4"}, "other");
  other.train = [&](const TrainingInput& run, const std::string&) {
    for (const char* file : {"model.safetensors", "model.json", "train/result.json"})
      write_text_atomic(run.folder / file, read_text(folder / file));
  };
  run_stages(other, {"locate"});
  for (const char* file : {"raw.bin", "calibration.json", "predictions.jsonl"})
    EXPECT_EQ(read_text(folder / file), read_text(other.folder / file)) << file;
}

TEST_F(RunTest, WhatTheFolderHoldsPredicts) {
  const judge::TrainedModel model = judge::load_model(trained());
  const auto image = edge::read_image(first_file("NG"), {1});
  ASSERT_TRUE(image.ok());
  const judge::Prediction prediction = interpret(model, judge::Inference(model).image(*image));
  EXPECT_EQ(heat_at_original(prediction).width, 96);
  for (const auto& found : prediction.boxes) {
    EXPECT_GE(found.box.x0, 0);
    EXPECT_LE(found.box.x1, 96);
  }
  // As predictions.jsonl says it.
  const std::string name = "NG/" + first_file("NG").filename().string();
  const std::string lines = read_text(trained() / "predictions.jsonl");
  const auto at = lines.find("{\"path\":\"" + name);
  ASSERT_NE(at, std::string::npos);
  const Json line = Json::parse(lines.substr(at, lines.find('\n', at) - at));
  EXPECT_NEAR(line.at("score").get<double>(), prediction.score, 1e-4);
}

TEST_F(RunTest, LargeImagesAreSeenInTiles) {
  const fs::path folder = trained();
  const judge::TrainedModel model = judge::load_model(folder);
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
  EXPECT_EQ(tiles % 4, 0) << "four tiles, in each of the mirrored images";
  EXPECT_GT(tiles, 0);

  // The exported file cuts by itself, and in other tiles where it is told so.
  write_file_atomic(root_ / "tiles.paucal", edge::write_model(export_model(model).model));
  const auto exported = value_or_throw(edge::Predictor::open(root_ / "tiles.paucal"));
  EXPECT_EQ(compare(model, *exported, *image, {}).wrong, "");
  EXPECT_TRUE(exported->choose_tiles(100, 0).has_value()) << "no multiple of 32";
  EXPECT_FALSE(exported->choose_tiles(96, 0).has_value());
  EXPECT_FALSE(exported->choose_tiles({}, 32).has_value());
  EXPECT_EQ(exported->card().input.tile, 96);
  EXPECT_EQ(exported->card().input.tile_overlap, 32);
  judge::TrainedModel whole = judge::load_model(folder);
  whole.input.tile = 0;
  EXPECT_EQ(compare(whole, *exported, *image, {}).wrong, "");
}

// A device runs them before the file serves.
TEST_F(RunTest, GoldenImagesSayWhatTheFileSays) {
  const fs::path file = root_ / "golden/3.paucal";
  write_file_atomic(file, edge::write_model(export_model(judge::load_model(trained())).model));
  const GoldenImages golden = write_golden(trained(), file, 5);
  EXPECT_EQ(golden.folder, root_ / "golden/3.golden");
  EXPECT_EQ(golden.images, 5u);
  const auto predictor = value_or_throw(edge::Predictor::open(file));
  std::istringstream lines(read_text(golden.folder / "expected.jsonl"));
  std::set<std::string> verdicts;
  for (std::string text; std::getline(lines, text);) {
    const Json line = Json::parse(text);
    const auto image = value_or_throw(edge::read_image(
        golden.folder / line.at("path").get<std::string>(), predictor->card().decoding()));
    const Json found = to_json(predictor->card(), value_or_throw(predictor->predict(image)));
    EXPECT_EQ(found.at("probability_ng"), line.at("probability_ng"));
    EXPECT_EQ(found.at("boxes"), line.at("boxes"));
    verdicts.insert(line.at("verdict"));
  }
  EXPECT_EQ(verdicts.size(), 2u) << "the set has both";
  EXPECT_EQ(write_golden(trained(), file, 2).images, 2u);
  EXPECT_EQ(list_files(golden.folder).size(), 3u) << "earlier ones are gone";
  EXPECT_THROW(write_golden(root_, file, 2), Error);
}

// The images of a list lie beside it, not below it.
TEST_F(RunTest, TestImagesOfAManifestAreFound) {
  const fs::path folder = root_ / "listed", root = root_ / "set";
  write_text_atomic(folder / "recipe.yaml", "data: {root: " + (root / "list.csv").string() + "}\n");
  write_json(folder / "data.json", {{"root", root.string()}});
  write_text_atomic(folder / "predictions.jsonl",
                    "{\"path\":\"NG/a.png\",\"split\":\"test\"}\n"
                    "{\"path\":\"NG/b.png\",\"split\":\"train\"}\n");
  EXPECT_EQ(test_images(folder, 9), Names{(root / "NG/a.png").string()});
}

TEST(Recipe, EveryShippedRecipeLoads) {
  const fs::path folder = fs::path(PAUCAL_SOURCE_DIR) / "recipes";
  int recipes = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    if (entry.path().stem() == "pretrain")
      EXPECT_NO_THROW(load_pretrain_recipe(entry.path(), {}));
    else
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
