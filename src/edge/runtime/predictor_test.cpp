#include "edge/runtime/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/files.h"
#include "edge/api/test_model.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

// The bright spot's model with `value` added to its map.
std::shared_ptr<const Model> model_with(float value) {
  ModelFile file = bright_spot_model();
  const int bias =
      file.graph.add_constant("bias", Type::kF32, {1}, std::as_bytes(std::span(&value, 1)));
  file.graph.outputs = {file.graph.add_node("add", "biased", {file.graph.outputs[0], bias})};
  auto model = Model::make(std::move(file));
  EXPECT_TRUE(model.ok()) << model.failure().message;
  return *model;
}

// A verdict of NaN would be OK: no threshold is below it.
TEST(Predictor, RefusesLogitsThatAreNotFinite) {
  const auto predict = [](float bias) {
    return (*Predictor::make(model_with(bias)))->predict(Image(16, 12, 1, 200));
  };
  EXPECT_TRUE(predict(1).ok());
  EXPECT_THAT(predict(std::numeric_limits<float>::quiet_NaN()).failure().message,
              HasSubstr("'biased' holds nan, expected finite logits"));
  EXPECT_THAT(predict(-std::numeric_limits<float>::infinity()).failure().message,
              HasSubstr("holds -inf"));
}

// Tile by tile on one thread or several, and with or without a copy first.
TEST(Predictor, ThreadsChangeNothingInTiles) {
  ModelFile file = bright_spot_model();
  file.card["input"]["multiple"] = 8;
  file.card["input"]["tile"] = 16;
  file.card["input"]["tile_overlap"] = 8;
  file.card["coarse"] = {{"shrink", 2},    {"bound", 1},   {"images", 9},
                         {"ng_images", 5}, {"seen_ok", 0}, {"seen_ng", 1}};
  auto model = Model::make(std::move(file));
  ASSERT_TRUE(model.ok()) << model.failure().message;
  Image image(203, 120, 1, 100);
  for (int x = 30; x < 160; ++x) image.at(x, 50) = image.at(x, 51) = 250;
  Json said[2][2];
  for (const int threads : {1, 4})
    for (const bool coarse : {false, true}) {
      auto predictor = Predictor::make(*model, {.threads = threads});
      ASSERT_TRUE(predictor.ok()) << predictor.failure().message;
      (*predictor)->look_coarsely(coarse);
      const auto raw = (*predictor)->predict_raw(fit_image(image, (*predictor)->card().input));
      ASSERT_TRUE(raw.ok()) << raw.failure().message;
      EXPECT_EQ(raw->seen < 1, coarse);
      const Prediction prediction = interpret((*predictor)->card(), *raw);
      EXPECT_TRUE(prediction.ng);
      said[threads > 1][coarse] = to_json((*predictor)->card(), prediction);
    }
  EXPECT_EQ(said[0][0], said[1][0]);
  EXPECT_EQ(said[0][1], said[1][1]);
  EXPECT_EQ(said[0][0], said[0][1]);
}

TEST(Predictor, AnotherTileHasNoBound) {
  ModelFile file = bright_spot_model();
  file.card["input"]["tile"] = 16;
  file.card["coarse"] = {{"shrink", 2},    {"bound", 1},   {"images", 9},
                         {"ng_images", 5}, {"seen_ok", 0}, {"seen_ng", 1}};
  file.card["input"]["tile_overlap"] = 8;
  auto predictor = Predictor::make(*Model::make(std::move(file)));
  ASSERT_TRUE(predictor.ok()) << predictor.failure().message;
  EXPECT_FALSE((*predictor)->choose_tiles(std::nullopt, std::nullopt));
  EXPECT_TRUE((*predictor)->card().coarse);
  EXPECT_FALSE((*predictor)->choose_tiles(32, std::nullopt));
  EXPECT_FALSE((*predictor)->card().coarse);
}

TEST(Predictor, NamesTheFileWithoutACard) {
  const std::string path = testing::TempDir() + "predictor_test.paucal";
  ModelFile file = bright_spot_model();
  file.card = Json::object();
  write_file_atomic(path, write_model(file));
  const auto predictor = Predictor::open(path);
  ASSERT_FALSE(predictor.ok());
  EXPECT_EQ(predictor.failure().message,
            "'" + path + "': the card has no 'format', expected one of 'paucal export'");
}

}  // namespace
}  // namespace paucal::edge
