#include "judge/trained_model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace paucal::judge {
namespace {

namespace fs = std::filesystem;

class TrainedModelTest : public testing::Test {
 protected:
  TrainedModelTest() {
    fs::remove_all(folder_);
    model_.classes = {"NG", "OK"};
    model_.class_is_ok = {false, true};
    model_.input.channels = model_.architecture.channels = 1;
    model_.architecture.width = 8;
    model_.architecture.detector.bbox_head.type = "retinanet_mil";
    model_.network = make_network(model_);
  }
  ~TrainedModelTest() override { fs::remove_all(folder_); }

  void calibrate() {
    model_.calibration.threshold = .75;
    model_.calibration.box_rule = "chosen";
    model_.detector->score = .25;
    model_.flips = true;
    model_.max_boxes = 7;
    save_calibration(model_, folder_);
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("paucal_model_{}", ::getpid());
  TrainedModel model_;
};

TEST_F(TrainedModelTest, CalibrationIsJoinedWithTheModelItBelongsTo) {
  save_model(model_, folder_);
  const std::string card = read_text(folder_ / "model.json");
  calibrate();
  EXPECT_EQ(read_text(folder_ / "model.json"), card) << "it has one maker";
  const TrainedModel joined = load_model(folder_);
  EXPECT_EQ(joined.calibration.threshold, .75);
  EXPECT_EQ(joined.calibration.box_rule, "chosen");
  EXPECT_EQ(joined.detector->score, .25);
  EXPECT_EQ(joined.detector->strides, model_.detector->strides);
  EXPECT_TRUE(joined.flips);
  EXPECT_EQ(joined.max_boxes, 7);

  EXPECT_EQ(edge::to_json(load_card(folder_)), edge::to_json(joined));

  const TrainedModel plain = load_uncalibrated(folder_);
  EXPECT_EQ(plain.calibration.threshold, .5);
  EXPECT_EQ(plain.calibration.box_rule, "");
  EXPECT_EQ(plain.detector->score, .5) << "an earlier calibration leaves nothing behind";
  EXPECT_FALSE(plain.flips);
}

TEST_F(TrainedModelTest, NewWeightsHaveNoCalibration) {
  save_model(model_, folder_);
  calibrate();
  model_.calibration = {};
  save_model(model_, folder_);
  EXPECT_FALSE(fs::exists(folder_ / "calibration.json"));
  EXPECT_EQ(load_model(folder_).calibration.threshold, .5);
}

TEST_F(TrainedModelTest, ACardThatHoldsItsCalibrationIsRead) {
  model_.calibration.threshold = .75;
  model_.detector->score = .25;
  save_model(model_, folder_);  // as earlier versions left it: all in model.json
  const TrainedModel model = load_model(folder_);
  EXPECT_EQ(model.calibration.threshold, .75);
  EXPECT_EQ(model.detector->score, .25);
}

TEST_F(TrainedModelTest, BrokenFilesAreRefused) {
  save_model(model_, folder_);
  calibrate();
  for (const char* text : {"", "[]", "7", "{\"calibration\": 3}", "{\"flips\": \"yes\"}",
                           "{\"calibration\": {\"temperature\": null}}", "{\"max_boxes\": -1}"}) {
    write_text_atomic(folder_ / "calibration.json", text);
    EXPECT_THROW(load_model(folder_), Error) << text;
    EXPECT_THROW(load_card(folder_), Error) << text;
  }
  fs::remove(folder_ / "calibration.json");
  EXPECT_NO_THROW(load_model(folder_));
  fs::remove(folder_ / "model.safetensors");
  EXPECT_THROW(load_model(folder_), Error);
  EXPECT_NO_THROW(load_card(folder_)) << "without weights";
  write_text_atomic(folder_ / "model.json", "{\"format\": 1}");
  EXPECT_THROW(load_model(folder_), Error);
}

}  // namespace
}  // namespace paucal::judge
