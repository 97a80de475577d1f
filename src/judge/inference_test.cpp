#include "judge/inference.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/random.h"
#include "judge/classify.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

edge::Image noise_image(int width, int height, uint64_t seed) {
  Random random(seed);
  edge::Image image(width, height, 1);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(random.below(256));
  return image;
}

TrainedModel small_model(const std::string& head, bool flips, int tile) {
  TrainedModel model;
  model.classes = {"NG", "OK"};
  model.class_is_ok = {false, true};
  model.input.channels = model.architecture.channels = 1;
  model.input.tile = tile;
  model.input.tile_overlap = 0;
  model.input.multiple = 32;
  model.flips = flips;
  model.architecture.width = 8;
  model.architecture.seed = 5;
  model.architecture.detector.bbox_head.type = head;
  model.network = make_network(model);
  model.network->eval();
  return model;
}

// Images of several sizes, together and one by one.
void expect_equal_to_batches_of_one(const TrainedModel& model) {
  std::vector<edge::Fitted> images;
  for (const auto& [width, height] :
       {std::pair(64, 48), {48, 48}, {64, 48}, {64, 64}, {50, 40}, {48, 48}, {64, 48}})
    images.push_back(edge::fit_image(noise_image(width, height, images.size()), model.input));
  std::vector<const edge::Fitted*> all;
  for (const edge::Fitted& image : images) all.push_back(&image);
  const Inference inference(model);
  const std::vector<Inferred> together = inference.all(all);
  ASSERT_EQ(together.size(), images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    const RawPrediction alone = inference.fitted(images[i]);
    const RawPrediction& raw = together[i].raw;
    ASSERT_EQ(raw.scores.size(), alone.scores.size());
    EXPECT_NEAR(raw.scores[0], alone.scores[0], 1e-4) << i;
    ASSERT_EQ(raw.maps[0].values.size(), alone.maps[0].values.size());
    for (size_t k = 0; k < alone.maps[0].values.size(); ++k)
      ASSERT_NEAR(raw.maps[0].values[k], alone.maps[0].values[k], 1e-4) << i;
    EXPECT_EQ(interpret(model, raw).ng, interpret(model, alone).ng);
    ASSERT_EQ(raw.boxes.size(), alone.boxes.size()) << i;
    for (size_t k = 0; k < alone.boxes.size(); ++k)
      EXPECT_NEAR(raw.boxes[k].score, alone.boxes[k].score, 1e-4);
  }
}

TEST(Inference, ABatchSaysWhatEachImageSays) {
  expect_equal_to_batches_of_one(small_model("none", false, 0));
  expect_equal_to_batches_of_one(small_model("none", true, 0));
}

TEST(Inference, TilesAreABatchToo) {
  expect_equal_to_batches_of_one(small_model("none", false, 32));
}

TEST(Inference, BoxHeadsStayWithTheirImage) {
  expect_equal_to_batches_of_one(small_model("retinanet_mil", false, 0));
  expect_equal_to_batches_of_one(small_model("mil", false, 0));
}

TEST(Inference, OtherMapsAreNotMixedAcrossImages) {
  TrainedModel model = small_model("none", false, 0);
  for (const char* map : {"layercam", "multilayer"}) {
    model.map = map;
    expect_equal_to_batches_of_one(model);
  }
}

TEST(Inference, RecordsComeInTheirOrder) {
  TestScene scene("inference");
  for (int i = 0; i < 5; ++i) scene.add(data::Split::kTrain, i % 2, 0);
  const TrainedModel model = small_model("none", false, 0);
  data::ImageCache cache(scene.dataset, model.input, 1 << 20, 1 << 20);
  const std::vector<int> records = {4, 0, 3};
  std::vector<size_t> numbers;
  Inference(model).over(cache, records, "", [&](size_t number, const Inferred& seen) {
    numbers.push_back(number);
    const RawPrediction alone = Inference(model).fitted(*cache.get(records[number]));
    EXPECT_NEAR(seen.raw.scores[0], alone.scores[0], 1e-4);
  });
  EXPECT_EQ(numbers, (std::vector<size_t>{0, 1, 2}));
}

TEST(Classify, FeaturesHaveLengthOne) {
  TestScene scene("classify");
  for (int i = 0; i < 3; ++i) scene.add(data::Split::kTrain, i % 2, 0);
  TrainedModel model = small_model("none", false, 0);
  model.task = Task::kClassification;
  model.network = make_network(model);
  model.network->eval();
  data::ImageCache cache(scene.dataset, model.input, 1 << 20, 1 << 20);
  const auto classified = classify(model, cache, {2, 0});
  ASSERT_EQ(classified.size(), 2u);
  EXPECT_EQ(classified[0].record, 2);
  for (const Classified& one : classified) {
    double squares = 0;
    for (const float value : one.features) squares += static_cast<double>(value) * value;
    EXPECT_NEAR(squares, 1, 1e-5);
    EXPECT_GE(one.confidence, .5) << "of two classes";
  }
}

}  // namespace
}  // namespace paucal::judge
