// Detectors through the whole line: recipe, training, boxes, model file, and runs that teach.

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/verify.h"
#include "pipeline/line.h"
#include "pipeline/run.h"
#include "pipeline/studies/boxes_compare.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;

class DetectorRunTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    root_ = fs::temp_directory_path() / fmt::format("paucal_detector_{}", ::getpid());
    fs::remove_all(root_);
    data::ElectrodeOptions options;
    options.count = 40;
    options.size = 96;
    options.seed = 5;
    data::write_electrode_set(options, root_ / "set", 2);
  }
  static void TearDownTestSuite() { fs::remove_all(root_); }

  static std::vector<std::string> keys(const std::vector<std::string>& more) {
    std::vector<std::string> keys = {"data.root=" + (root_ / "set").string(),
                                     "model.width=8",
                                     "train.epochs=1",
                                     "train.batch=8",
                                     "train.device=cpu",
                                     "train.threads=1",
                                     "train.optimiser.name=adamw"};
    keys.insert(keys.end(), more.begin(), more.end());
    return keys;
  }
  static RunState state(const std::vector<std::string>& more, const char* out,
                        const fs::path& recipe = "") {
    RunState run;
    run.recipe = load_recipe(recipe, keys(more));
    run.folder = root_ / out;
    return run;
  }
  static std::vector<std::string> images() {
    std::vector<std::string> files;
    for (const char* name : {"NG", "OK"})
      for (const auto& file : list_files(root_ / "set" / name))
        if (files.size() < 8) files.push_back((root_ / "set" / name / file).string());
    return files;
  }

  static void expect_the_same_at_the_edge(const judge::TrainedModel& model,
                                          const std::string& name) {
    const auto file = root_ / (name + ".paucal");
    write_file_atomic(file, edge::write_model(export_model(model).model));
    const auto predictor = value_or_throw(edge::Predictor::open(file));
    const Verification verified = verify(model, *predictor, images(), {});
    EXPECT_TRUE(verified.passed()) << (verified.wrong.empty() ? "" : verified.wrong[0].wrong);
    EXPECT_LT(verified.box, .1);
  }

  // The first of each class are tested on.
  static fs::path some_for_the_test() {
    std::string text = "path,class,split\n";
    for (const std::string name : {"NG", "OK"}) {
      int number = 0;
      for (const auto& file : list_files(root_ / "set" / name))
        text += fmt::format("{0}/{1},{0},{2}\n", name, file, number++ < 4 ? "test" : "train");
    }
    write_text_atomic(root_ / "split.csv", text);
    return root_ / "split.csv";
  }

  static inline fs::path root_;
};

TEST_F(DetectorRunTest, ADenseHeadIsTrainedMeasuredExportedAndVerified) {
  for (const char* neck : {"none", "fpn"}) {
    RunState run =
        state({"detector.head=retinanet_mil", "model.bbox_head.width=8",
               fmt::format("model.neck={}", neck), "model.neck_width=8", "model.output_stride=4",
               fmt::format("model.upscale={}", neck == std::string("none") ? 4 : 1),
               fmt::format("locate.flips={}", neck == std::string("none"))},
              neck);
    run_stages(run, {"report"});
    const Json eval = read_json(run.folder / "eval.json");
    EXPECT_TRUE(eval["localisation"]["map_at_50"].is_number());
    EXPECT_TRUE(fs::exists(run.folder / "report.html"));

    judge::TrainedModel model = judge::load_model(run.folder);
    ASSERT_TRUE(model.detector.has_value());
    EXPECT_EQ(model.detector->strides.size(), neck == std::string("fpn") ? 4u : 1u);
    // Every image NG and every box shown: there must be something to compare.
    model.calibration.threshold = 0;
    model.detector->score = model.detector->nms.score = .001;
    expect_the_same_at_the_edge(model, neck);
  }
}

TEST_F(DetectorRunTest, RegionsAreProposedFromTheCellsOfAFineMap) {
  RunState run = state({"detector.head=mil", "model.bbox_head.fc=32", "model.output_stride=4",
                        "model.upscale=4", "model.regions.count=24", "model.regions.size=3"},
                       "fine");
  run_stages(run, {"report"});
  judge::TrainedModel model = judge::load_model(run.folder);
  model.calibration.threshold = 0;
  model.detector->score = model.detector->nms.score = .001;
  expect_the_same_at_the_edge(model, "fine");
}

// The block as detection kits have it.
TEST_F(DetectorRunTest, RegionsAndRefinementComposeInYaml) {
  const auto recipe = root_ / "kit.yaml";
  write_text_atomic(recipe, R"(model: {backbone: resnet18, stride: 8, neck: fpn, neck_width: 16,
  proposals: cam_anchors,
  bbox_head: {type: mil, with_softmax: false, fc: 32, loss: {binary_cls: true}},
  refine: {type: oicr, branches: 3}, regions: {count: 24, size: 3}}
detect: {warmup: 0.1}
)");
  RunState run = state({}, "kit", recipe);
  EXPECT_EQ(run.recipe.model.arch, "resnet18");
  EXPECT_EQ(run.recipe.model.output_stride, 8);
  run_stages(run, {"report"});
  judge::TrainedModel model = judge::load_model(run.folder);
  ASSERT_TRUE(model.detector.has_value());
  EXPECT_TRUE(model.detector->weighs_regions());
  model.calibration.threshold = 0;
  model.detector->score = model.detector->nms.score = .001;
  expect_the_same_at_the_edge(model, "kit");
  EXPECT_NE(read_text(run.folder / "train" / "metrics.jsonl").find("refine_loss"),
            std::string::npos);
  try {
    load_recipe("", {"detector.head=mill"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("retinanet_mil"), std::string::npos) << error.what();
  }
}

TEST_F(DetectorRunTest, ALineOfRunsTeachesFromPseudoAndReviewedBoxes) {
  const auto recipe = [&] {
    return load_recipe("", keys({"detector.head=retinanet_mil", "model.bbox_head.width=8",
                                 "line.phases=classifier,detector,self_training",
                                 "line.min_evidence=0", "detect.self_training.burn_in=0"}));
  };
  const fs::path folder = root_ / "line";
  Json line = run_line(recipe(), folder, "test");
  ASSERT_EQ(line["phases"].size(), 3u);
  for (const char* name : {"report.html", "line.json", "model.json", "model.safetensors",
                           "1-classifier/pseudo_boxes.json", "2-detector/taught_boxes.json",
                           "3-self_training/report.html"})
    EXPECT_TRUE(fs::exists(folder / name)) << name;
  EXPECT_TRUE(judge::load_model(folder).detector.has_value());

  const Json compared =
      compare_boxes(folder, {.truth = {}, .budgets = {0, 2, 1000}, .few = 2, .worst = 3});
  std::vector<std::string> rows;
  for (const Json& row : compared["rows"]) {
    rows.push_back(row["name"]);
    EXPECT_TRUE(row["loc_at_3px"].is_number()) << row;
    EXPECT_TRUE(row["cor_loc"].is_number()) << row;
  }
  EXPECT_EQ(rows, (std::vector<std::string>{"box in the middle", "contrast, 2 boxed images",
                                            "classifier", "detector", "self_training"}));
  EXPECT_EQ(compared["budget"].size(), 2u) << "nobody has 1000 boxed images";
  EXPECT_EQ(compared["worst"].size(), 3u);
  EXPECT_GE(compared["worst"][0]["error_px"], compared["worst"][2]["error_px"]);
  EXPECT_NE(read_text(folder / "boxes.html").find("data:image/jpeg"), std::string::npos);
  // What is compared is not changed: the model keeps the thresholds it has.
  EXPECT_EQ(compared["rows"][4]["loc_at_3px"],
            read_json(folder / "eval.json")["localisation"]["loc_at_3px"]);
  const fs::path no_truth = root_ / "no_truth";
  fs::create_directories(no_truth);
  EXPECT_THROW(compare_boxes(folder, {.truth = no_truth}), Error);

  // Again: nothing runs.
  const auto trained = fs::last_write_time(folder / "3-self_training" / "model.safetensors");
  run_line(recipe(), folder, "test");
  EXPECT_EQ(fs::last_write_time(folder / "3-self_training" / "model.safetensors"), trained);

  // Somebody looked at one image: the classifier stays, the rest runs anew.
  const Json pseudo = read_json(folder / "1-classifier" / "pseudo_boxes.json");
  Json seen = {{"images", {pseudo["images"][0]}},
               {"categories", pseudo["categories"]},
               {"annotations",
                {{{"id", 1},
                  {"image_id", pseudo["images"][0]["id"]},
                  {"category_id", 1},
                  {"bbox", {10, 10, 20, 20}}}}}};
  write_json(folder / "reviewed_boxes.json", seen);
  const auto classifier = fs::last_write_time(folder / "1-classifier" / "model.safetensors");
  run_line(recipe(), folder, "test");
  EXPECT_EQ(fs::last_write_time(folder / "1-classifier" / "model.safetensors"), classifier);
  EXPECT_NE(fs::last_write_time(folder / "3-self_training" / "model.safetensors"), trained);
  const Json taught = read_json(folder / "2-detector" / "taught_boxes.json");
  EXPECT_EQ(taught["images"][0]["file_name"], pseudo["images"][0]["file_name"]);
}

// Without a box head: the map is taught by boxes, and a few known ones choose.
TEST_F(DetectorRunTest, AFewKnownBoxesChooseThresholdsWeightsAndWhatPassesUnseen) {
  Json known = read_json(root_ / "set" / "truth" / "annotations.json");
  Json some = Json::array();
  for (const Json& image : known["images"])
    if (image["file_name"].get<std::string>().starts_with("NG")) some.push_back(image);
  // The first images of the split are tested on.
  some.erase(some.begin(), some.end() - 3);
  known["images"] = some;  // boxes of the others are named, and left out
  write_json(root_ / "known.json", known);
  const Recipe recipe =
      load_recipe("", keys({"data.calibrate=" + (root_ / "known.json").string(),
                            "data.split=" + some_for_the_test().string(), "model.upscale=4",
                            "mil.edge_weight=1", "train.keep=best", "pseudo.accept=0.001",
                            "line.phases=classifier,detector", "line.min_evidence=0"}));
  const fs::path folder = root_ / "calibrated";
  run_line(recipe, folder, "test");
  const std::string split = read_text(folder / "1-classifier" / "split.csv");
  for (const Json& image : some) {
    const auto at = split.find(image["file_name"].get<std::string>());
    EXPECT_EQ(split.substr(split.find(",NG,", at), 8), ",NG,val,") << image;
  }
  const std::string metrics = read_text(folder / "1-classifier" / "train" / "metrics.jsonl");
  EXPECT_NE(metrics.find("val_images_and_boxes"), std::string::npos);
  EXPECT_NE(judge::load_model(folder).calibration.box_rule.find("3 boxed"), std::string::npos);
  const Json pseudo = read_json(folder / "1-classifier" / "pseudo_boxes.json");
  EXPECT_TRUE(pseudo["acceptance"]["judged"].is_number());
  for (const Json& box : pseudo["annotations"]) {
    EXPECT_TRUE(box["accepted"].is_boolean());
    for (const char* check : {"score", "mirrored", "scaled", "layers", "deletion"}) {
      EXPECT_GE(box["evidence"][check].get<double>(), 0) << check;
      EXPECT_LE(box["evidence"][check].get<double>(), 1) << check;
    }
  }
  EXPECT_TRUE(pseudo["images"][0]["file_name"].get<std::string>().starts_with("NG"))
      << "OK images need no look";
  EXPECT_NE(read_text(folder / "2-detector" / "train" / "metrics.jsonl").find("map_box_loss"),
            std::string::npos);
}

TEST_F(DetectorRunTest, MasksOfHeldOutImagesSetThresholdsAsBoxesDo) {
  RunState run = state(
      {"data.truth=" + (root_ / "set" / "truth" / "masks").string(), "locate.calibration_boxes=2"},
      "masks");
  run_stages(run, {"locate"});
  EXPECT_NE(judge::load_model(run.folder).calibration.box_rule.find("2 boxed"), std::string::npos);
}

TEST_F(DetectorRunTest, ALineEndsInRegionsThatTheirOwnBoxesTaught) {
  const auto recipe = [](const std::string& more) {
    return load_recipe(
        "", keys({"detector.head=mil", "refine=oicr", "model.bbox_head.fc=16",
                  "model.regions.count=16", "model.regions.size=3",
                  "line.phases=classifier,detector,self_training", "line.min_evidence=0", more}));
  };
  const fs::path folder = root_ / "regions";
  run_line(recipe("detect.warmup=0"), folder, "test");
  EXPECT_TRUE(judge::load_model(folder).detector->weighs_regions());
  for (const char* phase : {"2-detector", "3-self_training"})
    EXPECT_NE(read_text(folder / phase / "train" / "metrics.jsonl").find("refine_loss"),
              std::string::npos);
  EXPECT_THROW(run_line(recipe("detect.self_training.method=dense_teacher"), root_ / "not", "test"),
               Error);
  EXPECT_FALSE(fs::exists(root_ / "not" / "1-classifier" / "train"));
}

// No class means OK, and none of the classes lacks an object.
TEST_F(DetectorRunTest, ALineOfClassesEndsInAMapThatItsBoxesTaught) {
  const Recipe recipe = load_recipe(
      "", keys({"task=classification", "model.upscale=2", "mil.edge_weight=1", "seam.weight=1",
                "seam.cells=8", "line.phases=classifier,detector", "line.min_evidence=0"}));
  const fs::path folder = root_ / "classes";
  run_line(recipe, folder, "test");
  const auto logged = [&](const char* phase, const char* loss) {
    return read_text(folder / phase / "train" / "metrics.jsonl").find(loss) != std::string::npos;
  };
  EXPECT_TRUE(logged("1-classifier", "equivariance_loss"));
  EXPECT_FALSE(logged("1-classifier", "map_box_loss"));
  EXPECT_FALSE(logged("2-detector", "equivariance_loss")) << "boxes say where objects end";
  EXPECT_TRUE(logged("2-detector", "map_box_loss"));
}

TEST_F(DetectorRunTest, ALineTakesBoxesOfPeopleAsReviewedOnes) {
  const Recipe recipe =
      load_recipe("", keys({"line.phases=classifier,detector", "data.boxes=boxes.json"}));
  EXPECT_THROW(run_line(recipe, root_ / "boxed", "test"), Error) << "they would be passed over";
}

TEST_F(DetectorRunTest, UnknownPhasesListTheKnown) {
  Recipe recipe = load_recipe("", keys({"line.phases=classifier,detektor"}));
  try {
    run_line(recipe, root_ / "unknown", "test");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("detector"), std::string::npos);
  }
}

}  // namespace
}  // namespace paucal::pipeline
