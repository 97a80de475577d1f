// Which edits of a recipe and of a data set reach which stage, without running any.

#include "pipeline/stage_keys.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/encode.h"
#include "pipeline/run.h"
#include "pipeline/test_training.h"
#include "train/runtime.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

class StageKeysTest : public testing::Test {
 protected:
  StageKeysTest() {
    fs::remove_all(root_);
    for (const char* name : {"OK", "NG"})
      for (int i = 0; i < 4; ++i)
        write_image(fs::path(name) / fmt::format("{}.png", i), static_cast<uint8_t>(60 + i));
    write_image("masks/0.png", 255);
    run_.dataset.root = root_;
    run_.dataset.classes = {"NG", "OK"};
    run_.dataset.class_is_ok = {false, true};
    for (int label = 0; label < 2; ++label)
      for (int i = 0; i < 4; ++i) {
        data::Record record;
        record.class_name = run_.dataset.classes[static_cast<size_t>(label)];
        record.path = fmt::format("{}/{}.png", record.class_name, i);
        record.label = label;
        record.split = i == 0   ? data::Split::kTest
                       : i == 1 ? data::Split::kVal
                                : data::Split::kTrain;
        run_.dataset.records.push_back(std::move(record));
      }
    truth(0).known = true;
    truth(0).objects = {{.box = {1, 1, 4, 4}, .class_name = "NG"}};
    truth(1).mask_path = "masks/0.png";
  }
  ~StageKeysTest() override { fs::remove_all(root_); }

  void write_image(const fs::path& name, uint8_t grey) const {
    edge::Image image(8, 8, 1);
    std::ranges::fill(image.pixels, grey);
    write_file_atomic(root_ / name, *edge::encode_png(image));
  }
  data::ImageTruth& truth(size_t record) { return run_.truth.edit(run_.dataset.records[record]); }
  // The stages whose own keys `edit` changes.
  template <class Edit>
  std::vector<std::string> touched(Edit edit) {
    std::vector<std::string> names;
    std::vector<Json> before;
    for (const Stage& stage : stages()) before.push_back(stage.key(run_));
    edit();
    for (size_t i = 0; i < before.size(); ++i)
      if (stages()[i].key(run_) != before[i]) names.push_back(stages()[i].name);
    return names;
  }
  using Names = std::vector<std::string>;

  fs::path root_ = fs::temp_directory_path() / fmt::format("paucal_keys_{}", ::getpid());
  RunState run_;
};

template <class Given>
concept Trains = requires(Given& given) {
  execute_train(given, "");
};
template <class Given>
concept HoldsTruth = requires(Given& given) {
  given.truth;
};

TEST_F(StageKeysTest, TrainingIsHandedNoTruth) {
  static_assert(Trains<const TrainingInput> && !HoldsTruth<const TrainingInput>);
  static_assert(!Trains<RunState> && HoldsTruth<RunState>);
  static_assert(!Trains<data::LabelledSet>);
}

TEST_F(StageKeysTest, TruthReachesWhatMeasuresAlone) {
  const auto move_box = [&] { truth(0).objects[0].box.x0 += 1; };
  EXPECT_EQ(touched(move_box), (Names{"eval", "galleries", "report"}));
  const auto draw_ring = [&] { truth(0).objects[0].polygons = {{{1, 1}, {4, 1}, {4, 4}}}; };
  EXPECT_EQ(touched(draw_ring), (Names{"eval", "galleries", "report"}));
  EXPECT_EQ(touched([&] { write_image("masks/0.png", 0); }),
            (Names{"eval", "galleries", "report"}));
  const auto add_truth = [&] {
    truth(2).known = true;
    truth(2).objects = {{.box = {2, 2, 5, 5}, .class_name = "NG"}};
  };
  EXPECT_EQ(touched(add_truth), (Names{"eval", "galleries", "report"}));
  run_.recipe.locate.calibration_boxes = 2;
  EXPECT_EQ(touched(move_box), (Names{"calibrate", "eval", "galleries", "report"}));
}

TEST_F(StageKeysTest, OptionsReachTheirStage) {
  // The report shows the whole recipe, so it is made again for each.
  EXPECT_EQ(touched([&] { run_.recipe.report.title = "Electrodes"; }), (Names{"report"}));
  EXPECT_EQ(touched([&] { run_.recipe.report.gallery = 3; }), (Names{"galleries", "report"}));
  EXPECT_EQ(touched([&] { run_.recipe.train.threads = 3; }), (Names{"report"}));
  EXPECT_EQ(touched([&] { run_.recipe.train.loader.threads = 3; }), (Names{"report"}));
  EXPECT_EQ(touched([&] { run_.recipe.train.checkpoint_seconds = 3; }), (Names{"report"}));
  EXPECT_EQ(touched([&] { run_.recipe.pseudo.accept = .5; }), (Names{"pseudo"}));
  EXPECT_EQ(touched([&] { run_.recipe.locate.limit = "overkill"; }),
            (Names{"calibrate", "report"}));
  EXPECT_EQ(touched([&] { run_.recipe.train.epochs = 3; }), (Names{"train", "report"}));
  run_.recipe.input.tile = 64;
  EXPECT_EQ(touched([&] { run_.recipe.input.coarse = edge::Coarse::kOff; }),
            (Names{"calibrate", "report"}));
  // Boxes teach the map of a classifier, too.
  run_.recipe.task = "classification";
  EXPECT_EQ(touched([&] { run_.recipe.mil.negative_weight = 1; }), (Names{"train", "report"}));
}

TEST_F(StageKeysTest, WhatTeachesReachesTheTraining) {
  const Names all = {"data", "train",     "predict", "calibrate", "locate",
                     "eval", "galleries", "reasons", "report",    "pseudo"};
  const auto give_box = [&] {
    run_.dataset.records[3].supervision = data::Supervision::kBoxes;
    run_.dataset.records[3].given = {{.box = {2, 2, 5, 5}, .class_name = "NG"}};
  };
  EXPECT_EQ(touched(give_box), all);
  EXPECT_EQ(touched([&] { run_.dataset.records[3].given[0].box.y1 = 6; }), all);
  EXPECT_EQ(touched([&] { run_.dataset.records[3].split = data::Split::kVal; }), all);
}

TEST_F(StageKeysTest, ATestImageReachesNoTraining) {
  EXPECT_EQ(touched([&] { write_file_atomic(root_ / "NG/0.png", Bytes(90)); }),
            (Names{"decode", "predict", "calibrate", "locate", "eval", "galleries", "reasons",
                   "report", "pseudo"}));
  const Names by_training = touched([&] { write_file_atomic(root_ / "NG/3.png", Bytes(90)); });
  EXPECT_NE(std::ranges::find(by_training, "train"), by_training.end());
}

TEST_F(StageKeysTest, StagesNeedWhatTheyReadAndNoMore) {
  const auto names = [](const std::string& wanted) {
    Names names;
    for (const Stage* stage : plan(stages(), {wanted})) names.push_back(stage->name);
    return names;
  };
  EXPECT_EQ(names("train"), (Names{"decode", "data", "train"}));
  EXPECT_EQ(names("pseudo"), (Names{"decode", "data", "train", "predict", "calibrate", "pseudo"}));
  EXPECT_EQ(names("report"), (Names{"decode", "data", "train", "predict", "calibrate", "locate",
                                    "eval", "galleries", "reasons", "report"}));
}

class RefusedRunTest : public StageKeysTest {
 protected:
  RunState asked(const std::vector<std::string>& more) const {
    std::vector<std::string> keys = {"data.root=" + root_.string(), "model.width=8",
                                     "train.steps=1", "train.device=cpu"};
    keys.insert(keys.end(), more.begin(), more.end());
    RunState run;
    run.recipe = load_recipe("", keys);
    run.folder = root_ / "runs" / "a";
    return run;
  }
  // What is said of it.
  static std::string refusal(RunState run, const char* wanted = "report") {
    try {
      run_stages(run, {wanted});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
};

TEST_F(RefusedRunTest, AFirstRunThatIsRefusedLeavesNoFolder) {
  fs::remove_all(root_ / "masks");
  const std::vector<std::vector<std::string>> refused = {
      {"data.root=" + (root_ / "nofolder").string()},
      {"data.test=0"},
      {"model.weights=" + (root_ / "none.pth").string()},
      {"model.weights=" + (root_ / "NG" / "0.png").string()},
      {"model.arch=pyramid10", "model.output_stride=16"},
      {"semi.method=fixmatch", "task=inspection"},
      {"input.normalise=fixed", "input.mean=0.5,0.5"},
      {"model.bbox_head.type=retinanet_mil", "seam.weight=1"},
      {"model.bbox_head.type=mil", "detect.self_training.method=dense_teacher"}};
  for (const auto& keys : refused) {
    EXPECT_NE(refusal(asked(keys)), "") << keys[0];
    EXPECT_FALSE(fs::exists(root_ / "runs")) << keys[0];
  }
  EXPECT_NE(refusal(asked({"data.test=0"})).find("data.test"), std::string::npos);
}

TEST_F(RefusedRunTest, ARefusedCommandChangesNothing) {
  fs::remove_all(root_ / "masks");
  const fs::path folder = root_ / "runs" / "a";
  RunState run = asked({});
  run_stages(run, {"data"});
  const std::string recipe = read_text(folder / "recipe.yaml");
  const std::string log = read_text(folder / "log.txt");
  const std::string record = read_text(folder / "stages.json");
  EXPECT_NE(refusal(asked({"data.root=" + (root_ / "nofolder").string()})), "");
  // Found while decoding: most of the images are no images.
  for (int i = 0; i < 4; ++i) {
    const auto file = root_ / "OK" / fmt::format("{}.png", i);
    const std::string whole = read_text(file);
    write_text_atomic(file, whole.substr(0, whole.size() - 20));
  }
  EXPECT_NE(refusal(asked({})), "");
  EXPECT_EQ(read_text(folder / "recipe.yaml"), recipe);
  EXPECT_EQ(read_text(folder / "log.txt"), log);
  EXPECT_EQ(read_text(folder / "stages.json"), record);
}

// `paucal report RUN` reads recipe.yaml: what it leaves out must not have had a part in the run.
TEST_F(RefusedRunTest, TheRecipeOfARunMakesTheSameStages) {
  fs::remove_all(root_ / "masks");
  const fs::path beside = root_.string() + "_beside";
  for (const char* name : {"more/a.png", "more/b.png"}) {
    fs::create_directories(beside / "more");
    fs::copy_file(root_ / "OK" / "0.png", beside / name);
  }
  std::string labels = "path,class\n";
  for (const char* name : {"OK", "NG"})
    for (int i = 0; i < 4; ++i) labels += fmt::format("{0}/{1}.png,{0}\n", name, i);
  write_text_atomic(beside / "labels.csv", labels);
  const std::vector<std::vector<std::string>> recipes = {
      {"task=inspection", "data.unlabelled=" + (beside / "more").string()},
      {"task=inspection", "data.labels=" + (beside / "labels.csv").string()},
      {"task=inspection", "view.pasted=0", "view.paste.strength=2"},
      {"task=classification", "semi.labels=2"},
      {"task=classification", "semi.method=fixmatch", "view.ng=0.3", "mil.top=0.1"}};
  for (const auto& keys : recipes) {
    RunState run = asked(keys);
    run.folder = beside / "run";
    run_stages(run, {"data"});
    RunState again;
    again.folder = run.folder;
    again.recipe = recipe_of_run(run.folder);
    open_data(again);
    for (const Stage& stage : stages())
      EXPECT_EQ(stage.key(again), stage.key(run)) << keys.back() << ": " << stage.name;
    fs::remove_all(run.folder);
  }
  fs::remove_all(beside);
}

TEST_F(RefusedRunTest, ATrainingThatCannotBeginLeavesTheOneThatIsThere) {
  fs::remove_all(root_ / "masks");
  const fs::path folder = root_ / "runs" / "a";
  RunState run = asked({});
  run.train = test::no_training;
  run_stages(run, {"train"});
  const std::string recipe = read_text(folder / "recipe.yaml");
  const std::string record = read_text(folder / "stages.json");
  std::vector<std::string> refused = {"model.weights=" + (root_ / "NG" / "0.png").string()};
  if (!train::runtime_info().at("cuda").get<bool>()) refused.push_back("train.device=cuda");
  for (const std::string& key : refused) {
    EXPECT_NE(refusal(asked({key}), "train"), "") << key;
    EXPECT_EQ(read_text(folder / "recipe.yaml"), recipe) << key;
    EXPECT_EQ(read_text(folder / "stages.json"), record) << key;
    EXPECT_TRUE(fs::exists(folder / "model.safetensors")) << key;
    EXPECT_FALSE(fs::exists(folder / "train.1")) << key;
  }
}

TEST_F(RefusedRunTest, OverlaysGoAndComeBackWithTheirTraining) {
  fs::remove_all(root_ / "masks");
  const fs::path folder = root_.string() + "_beside", overlays = folder / "overlays";
  const auto locate = [&](const std::vector<std::string>& keys) {
    RunState run = asked(keys);
    run.folder = folder;
    run.train = test::no_training;
    run_stages(run, {"locate"});
  };
  locate({});
  ASSERT_FALSE(list_files(overlays).empty());
  const std::string name = list_files(overlays)[0];
  write_text_atomic(overlays / name, "of the first training");
  locate({"train.seed=1"});
  EXPECT_NE(read_text(overlays / name), "of the first training");
  locate({});
  EXPECT_EQ(read_text(overlays / name), "of the first training");
  fs::remove_all(folder);
}

TEST_F(RefusedRunTest, PathsAreThoseOfTheFolderWhereTheyWereTyped) {
  Recipe recipe =
      load_recipe("", {"data.root=parts/", "data.truth=t.json", "data.boxes=./b.json",
                       "data.calibrate=c.json", "data.split=s.csv", "data.labels=l.csv",
                       "data.unlabelled=../more", "model.weights=w.pth", "line.review=r.json"});
  make_paths_absolute(recipe);
  const fs::path here = fs::current_path();
  EXPECT_EQ(recipe.data.root, (here / "parts").string());
  EXPECT_EQ(recipe.data.boxes, (here / "b.json").string());
  EXPECT_EQ(recipe.data.unlabelled, (here.parent_path() / "more").string());
  for (const std::string& path : {recipe.data.truth, recipe.data.calibrate, recipe.data.split,
                                  recipe.data.labels, recipe.model.weights, recipe.line.review})
    EXPECT_TRUE(fs::path(path).is_absolute()) << path;
  Recipe again = recipe;
  make_paths_absolute(again);
  EXPECT_EQ(options_of(again).to_yaml(), options_of(recipe).to_yaml());
  Recipe empty;
  make_paths_absolute(empty);
  EXPECT_EQ(empty.data.root, "");
}

}  // namespace
}  // namespace paucal::pipeline
