// Detectors through the whole line: recipe, training, boxes, model file, and runs that teach.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "pipeline/deploy/export.h"
#include "pipeline/deploy/verify.h"
#include "pipeline/line.h"
#include "pipeline/run.h"
#include "pipeline/studies/boxes_compare.h"
#include "pipeline/test_training.h"

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
  // Every image is NG and every box is shown: there must be something to compare.
  static judge::TrainedModel untrained(const Recipe& recipe) {
    judge::TrainedModel model = test::untrained_model(recipe, {"NG", "OK"}, {false, true});
    model.calibration.threshold = 0;
    model.detector->score = model.detector->nms.score = .001;
    return model;
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

// Fresh weights say as much as trained ones of whether the file says the same.
TEST_F(DetectorRunTest, DenseHeadsAreExportedAndVerified) {
  for (const std::string neck : {"none", "fpn"}) {
    judge::TrainedModel model = untrained(
        load_recipe("", keys({"detector.head=retinanet_mil", "model.bbox_head.width=8",
                              "model.neck=" + neck, "model.neck_width=8", "model.output_stride=4",
                              fmt::format("model.upscale={}", neck == "none" ? 4 : 1)})));
    model.flips = neck == "none";
    ASSERT_TRUE(model.detector.has_value());
    EXPECT_EQ(model.detector->strides.size(), neck == "fpn" ? 4u : 1u);
    expect_the_same_at_the_edge(model, neck);
  }
}

TEST_F(DetectorRunTest, RegionsAreProposedFromTheCellsOfAFineMap) {
  const judge::TrainedModel model = untrained(
      load_recipe("", keys({"detector.head=mil", "model.bbox_head.fc=32", "model.output_stride=4",
                            "model.upscale=4", "model.regions.count=24", "model.regions.size=3"})));
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
  const Recipe kit = load_recipe(recipe, keys({}));
  EXPECT_EQ(kit.model.arch, "resnet18");
  EXPECT_EQ(kit.model.output_stride, 8);
  const judge::TrainedModel model = untrained(kit);
  ASSERT_TRUE(model.detector.has_value());
  EXPECT_TRUE(model.detector->weighs_regions());
  expect_the_same_at_the_edge(model, "kit");
  try {
    load_recipe("", {"detector.head=mill"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("retinanet_mil"), std::string::npos) << error.what();
  }
}

// Lines whose runs are not trained, but for the one that a test is about. They begin with the same
// classifier: the folder is copied, and a run is known by what is in it.
class InspectionLineTest : public DetectorRunTest {
 protected:
  static Recipe line(const std::vector<std::string>& more) {
    std::vector<std::string> all =
        keys({"data.calibrate=" + known_boxes().string(),
              "data.split=" + some_for_the_test().string(), "model.upscale=4", "mil.edge_weight=1",
              "train.keep=best", "pseudo.accept=0.001", "line.min_evidence=0"});
    all.insert(all.end(), more.begin(), more.end());
    return load_recipe("", all);
  }
  // Three held-out images whose boxes people gave; the first of the split are tested on.
  static Json three_known() {
    const Json known = read_json(truth());
    Json some = Json::array();
    for (const Json& image : known.at("images"))
      if (image["file_name"].get<std::string>().starts_with("NG")) some.push_back(image);
    some.erase(some.begin(), some.end() - 3);
    return some;
  }
  static fs::path truth() { return root_ / "set" / "truth" / "annotations.json"; }
  static fs::path known_boxes() {
    const fs::path file = root_ / "known.json";
    if (fs::exists(file)) return file;
    Json known = read_json(truth());
    known["images"] = three_known();  // boxes of the others are named, and left out
    write_json(file, known);
    return file;
  }
  // A folder that holds the classifier already.
  static fs::path folder_with_classifier(const char* name) {
    const fs::path first = root_ / "line_of_classifier";
    if (!fs::exists(first / "line.json"))
      run_line(line({"line.phases=classifier,detector"}), first, "test", test::no_training);
    const fs::path folder = root_ / name;
    fs::create_directories(folder);
    fs::copy(first / "1-classifier", folder / "1-classifier", fs::copy_options::recursive);
    return folder;
  }
  // Trains that phase alone; the names of all phases that it was asked for.
  Train only(const char* phase) {
    return [this, phase](const TrainingInput& run, const std::string& key) {
      asked_.push_back(run.folder.filename().string());
      asked_.back() == phase ? execute_train(run, key) : test::no_training(run, key);
    };
  }
  static bool logged(const fs::path& run, const char* figure) {
    return metrics(run).find(figure) != std::string::npos;
  }
  static std::string metrics(const fs::path& run) {
    return read_text(run / "train" / "metrics.jsonl");
  }
  static std::string record(const fs::path& run) { return read_text(run / "stages.json"); }

  std::vector<std::string> asked_;
};

TEST_F(InspectionLineTest, AFewKnownBoxesChooseThresholdsAndWhatPassesUnseen) {
  const fs::path run = folder_with_classifier("known") / "1-classifier";
  const std::string split = read_text(run / "split.csv");
  for (const Json& image : three_known()) {
    const auto at = split.find(image["file_name"].get<std::string>());
    EXPECT_EQ(split.substr(split.find(",NG,", at), 8), ",NG,val,") << image;
  }
  EXPECT_NE(judge::load_model(run).calibration.box_rule.find("3 boxed"), std::string::npos);
  EXPECT_NE(judge::load_model(root_ / "line_of_classifier").calibration.box_rule.find("3 boxed"),
            std::string::npos)
      << "of the last run";
  const Json pseudo = read_json(run / "pseudo_boxes.json");
  // None is accepted where no evidence is enough.
  const Json& least = pseudo["acceptance"]["evidence"];
  const double from = least.is_number() ? least.get<double>() : INFINITY;
  EXPECT_FALSE(pseudo["annotations"].empty());
  for (const Json& box : pseudo["annotations"]) {
    EXPECT_EQ(box["accepted"].get<bool>(), box["score"].get<double>() >= from);
    for (const char* check : {"score", "mirrored", "scaled", "layers", "deletion"})
      EXPECT_LE(box["evidence"][check].get<double>(), 1) << check;
  }
  EXPECT_TRUE(pseudo["images"][0]["file_name"].get<std::string>().starts_with("NG"))
      << "OK images need no look";
}

TEST_F(InspectionLineTest, TeachesFromPseudoAndReviewedBoxes) {
  const auto recipe = [](const char* phases) {
    return line({"detector.head=retinanet_mil", "model.bbox_head.width=8",
                 std::string("line.phases=") + phases, "detect.self_training.burn_in=0"});
  };
  const fs::path folder = folder_with_classifier("line");
  const std::string classifier = record(folder / "1-classifier");
  const Train train = only("3-self_training");
  const Json line = run_line(recipe("classifier,detector,self_training"), folder, "test", train);
  ASSERT_EQ(line["phases"].size(), 3u);
  EXPECT_EQ(asked_, (std::vector<std::string>{"2-detector", "3-self_training"}));
  EXPECT_TRUE(logged(folder / "3-self_training", "self_loss"));
  EXPECT_EQ(record(folder / "1-classifier"), classifier) << "the copy is the same run";
  EXPECT_TRUE(judge::load_model(folder).detector.has_value());
  for (const char* file : {"model.json", "calibration.json", "eval.json"})
    EXPECT_EQ(read_text(folder / file), read_text(folder / "3-self_training" / file)) << file;
  EXPECT_TRUE(read_json(folder / "eval.json")["localisation"].contains("map_at_50"));

  const Json compared =
      compare_boxes(folder, {.truth = {}, .budgets = {0, 2, 1000}, .few = 2, .worst = 3});
  std::vector<std::string> rows;
  for (const Json& row : compared["rows"]) rows.push_back(row["name"]);
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
  const std::string detector = record(folder / "2-detector");
  const std::string last = record(folder / "3-self_training");
  run_line(recipe("classifier,detector,self_training"), folder, "test", train);
  EXPECT_EQ(asked_.size(), 2u);
  EXPECT_EQ(record(folder / "1-classifier"), classifier);
  EXPECT_EQ(record(folder / "2-detector"), detector);
  EXPECT_EQ(record(folder / "3-self_training"), last);

  // Somebody looked at one image: the classifier stays, what it teaches runs anew.
  const Json pseudo = read_json(folder / "1-classifier" / "pseudo_boxes.json");
  write_json(folder / "reviewed_boxes.json", {{"images", {pseudo["images"][0]}},
                                              {"categories", pseudo["categories"]},
                                              {"annotations",
                                               {{{"id", 1},
                                                 {"image_id", pseudo["images"][0]["id"]},
                                                 {"category_id", 1},
                                                 {"bbox", {10, 10, 20, 20}}}}}});
  run_line(recipe("classifier,detector"), folder, "test", train);
  EXPECT_EQ(asked_.back(), "2-detector");
  EXPECT_EQ(record(folder / "1-classifier"), classifier);
  EXPECT_NE(record(folder / "2-detector"), detector);
  EXPECT_TRUE(fs::exists(folder / "2-detector" / "train.1" / "model.safetensors"))
      << "what the boxes before have taught is kept";
  EXPECT_EQ(read_text(folder / "model.json"), read_text(folder / "2-detector" / "model.json"));
  const Json taught = read_json(folder / "2-detector" / "taught_boxes.json");
  EXPECT_EQ(taught["images"][0]["file_name"], pseudo["images"][0]["file_name"]);
}

// A few known boxes choose its weights, too. So short a training finds something with most seeds.
TEST_F(InspectionLineTest, RegionsInTheMiddleAreTaughtByBoxesAndTeachByTheirOwn) {
  const auto recipe = [](const std::string& more) {
    return line({"detector.head=mil", "refine=oicr", "model.bbox_head.fc=16",
                 "model.regions.count=16", "model.regions.size=3",
                 "line.phases=classifier,detector,self_training", "train.seed=1", more});
  };
  const fs::path folder = folder_with_classifier("regions");
  run_line(recipe("detect.warmup=0"), folder, "test", only("2-detector"));
  const fs::path middle = folder / "2-detector", last = folder / "3-self_training";
  for (const char* figure : {"refine_loss", "map_box_loss", "val_images_and_boxes"})
    EXPECT_TRUE(logged(middle, figure)) << figure;
  for (const fs::path& run : {middle, last, folder})
    EXPECT_TRUE(judge::load_model(run).detector->weighs_regions()) << run;
  EXPECT_FALSE(judge::load_model(folder / "1-classifier").detector.has_value());
  const Json pseudo = read_json(middle / "pseudo_boxes.json");
  EXPECT_FALSE(pseudo["annotations"].empty());
  EXPECT_EQ(read_json(last / "taught_boxes.json")["annotations"].size(),
            pseudo["annotations"].size());
  const Recipe ended = recipe_of_run(last);
  EXPECT_EQ(ended.detect.self_training.method, "none") << "regions have no teacher";
  EXPECT_EQ(ended.data.boxes, (last / "taught_boxes.json").string());
  EXPECT_EQ(ended.model.weights, (middle / "model.safetensors").string());
  EXPECT_THROW(run_line(recipe("detect.self_training.method=dense_teacher"), root_ / "not", "test"),
               Error);
  EXPECT_FALSE(fs::exists(root_ / "not"));
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
  EXPECT_FALSE(fs::exists(root_ / "boxed"));
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
