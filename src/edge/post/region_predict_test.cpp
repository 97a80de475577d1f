// Region of interest and mask, from the image to verdict, heat and boxes.

#include <gmock/gmock.h>

#include <algorithm>

#include "edge/post/draw_prediction.h"
#include "edge/post/interpret.h"
#include "edge/post/test_brightness.h"

namespace paucal::edge {
namespace {

constexpr int kImageSide = 32;

Image with_spot(int x, int y) {
  Image image(kImageSide, kImageSide, 1, 30);
  for (int dy = 0; dy < 8; ++dy)
    for (int dx = 0; dx < 8; ++dx) image.at(x + dx, y + dy) = 250;
  return image;
}

// Columns x0 to x1 of all rows.
std::shared_ptr<const IgnoreMask> hidden_columns(int x0, int x1) {
  IgnoreMask mask{kImageSide, kImageSide, {}};
  for (int y = 0; y < kImageSide; ++y) {
    mask.ends.push_back(y * kImageSide + x0);
    mask.ends.push_back(y * kImageSide + x1);
  }
  if (x1 < kImageSide) mask.ends.push_back(kImageSide * kImageSide);
  return std::make_shared<const IgnoreMask>(std::move(mask));
}

float heat_at(const Prediction& prediction, int x, int y) {
  return heat_at_original(prediction).at(x, y);
}

TEST(RegionOfInterest, GivesBoxesAndHeatInOriginalPixels) {
  ModelCard card = brightness_card();
  card.input.roi = {8, 4, 32, 32};
  const Prediction found = inspect(card, with_spot(16, 20));
  EXPECT_TRUE(found.ng);
  ASSERT_EQ(found.boxes.size(), 1u);
  EXPECT_GT(iou(found.boxes[0].box, {16, 20, 24, 28}), .6f);
  EXPECT_EQ(heat_at_original(found).width, kImageSide);
  EXPECT_GT(heat_at(found, 20, 24), .9f);
  EXPECT_LE(heat_at(found, 2, 2), 0);
  EXPECT_EQ(draw_prediction(with_spot(16, 20), found).width, kImageSide);
}

TEST(RegionOfInterest, SeesNothingOutside) {
  ModelCard card = brightness_card();
  card.input.roi = {12, 0, 32, 32};
  const Prediction prediction = inspect(card, with_spot(0, 10));
  EXPECT_FALSE(prediction.ng);
  EXPECT_LE(std::ranges::max(heat_at_original(prediction).values), .1f);
}

// A region of 22 columns ends within a cell; boxes end with the region.
TEST(RegionOfInterest, BoundsBoxes) {
  ModelCard card = brightness_card();
  card.input.roi = {0, 0, 22, 32};
  const Prediction prediction = inspect(card, with_spot(18, 8));
  ASSERT_EQ(prediction.boxes.size(), 1u);
  EXPECT_LE(prediction.boxes[0].box.x1, 22);
  EXPECT_LE(heat_at(prediction, 24, 12), 0);
}

TEST(IgnoredPlaces, NeverCount) {
  ModelCard card = brightness_card();
  const Image image = with_spot(4, 8);
  EXPECT_TRUE(inspect(card, image).ng);
  card.input.ignored = hidden_columns(0, 14);
  const Prediction prediction = inspect(card, image);
  EXPECT_FALSE(prediction.ng);
  EXPECT_LE(heat_at(prediction, 8, 12), 0);
  EXPECT_EQ(prediction.score, inspect(card, Image(kImageSide, kImageSide, 1, 30)).score);
}

// However the network takes the filling, hidden cells are neither score nor heat nor boxes.
TEST(IgnoredPlaces, AreLeftOutOfTheMap) {
  ModelCard card = brightness_card();
  card.input.ignored = hidden_columns(0, 14);
  const Network left_is_hot = [](const Planes& canvas) -> Result<NetworkOutput> {
    Planes map{1, canvas.height / kCellSide, canvas.width / kCellSide, {}};
    for (size_t i = 0; i < map.plane(); ++i)
      map.values.push_back(i % static_cast<size_t>(map.width) < 3 ? 9.f : .1f);
    return NetworkOutput{std::move(map)};
  };
  const auto raw =
      predict_raw(card, fit_image(Image(kImageSide, kImageSide, 1), card.input), left_is_hot);
  EXPECT_FLOAT_EQ(static_cast<float>(raw->scores[0]), .1f);
  card.calibration.threshold = 0;
  const Prediction prediction = interpret(card, *raw);
  EXPECT_TRUE(prediction.ng);
  EXPECT_LE(std::ranges::max(prediction.heat.values), 0);
  EXPECT_TRUE(prediction.boxes.empty());
}

TEST(IgnoredPlaces, EndBoxes) {
  ModelCard card = brightness_card();
  card.input.ignored = hidden_columns(18, 32);
  const Prediction prediction = inspect(card, with_spot(12, 8));
  ASSERT_EQ(prediction.boxes.size(), 1u);
  EXPECT_LE(prediction.boxes[0].box.x1, 18.5f);
}

TEST(IgnoredPlaces, LeaveWholeTilesOut) {
  ModelCard card = brightness_card();
  card.input.tile = 16;
  card.input.tile_overlap = 0;
  card.input.ignored = hidden_columns(0, 16);
  const Prediction prediction = inspect(card, with_spot(4, 8));
  EXPECT_FALSE(prediction.ng);
  EXPECT_TRUE(inspect(card, with_spot(20, 8)).ng);
  card.task = Task::kClassification;  // the mean over the tiles that are seen
  card.class_is_ok = {false, false};
  const Network half = [](const Planes& canvas) -> Result<NetworkOutput> {
    const size_t cells =
        static_cast<size_t>(canvas.height * canvas.width) / (kCellSide * kCellSide);
    return NetworkOutput{
        {2, canvas.height / kCellSide, canvas.width / kCellSide, std::vector<float>(2 * cells, 3)}};
  };
  const auto raw = predict_raw(card, fit_image(Image(kImageSide, kImageSide, 1), card.input), half);
  EXPECT_DOUBLE_EQ(raw->scores[0], 3);
}

TEST(IgnoredPlaces, AreAnErrorWhereNoCellIsLeft) {
  ModelCard card = brightness_card();
  card.input.scale = .01;  // a cell is 1600 pixels, of which one counts
  IgnoreMask mask{1600, 1600, {1, 1600 * 1600}};
  card.input.ignored = std::make_shared<const IgnoreMask>(std::move(mask));
  const auto raw = predict_raw(card, fit_image(Image(1600, 1600, 1), card.input), brightness_of);
  ASSERT_FALSE(raw.ok());
  EXPECT_THAT(raw.failure().message, testing::HasSubstr("hides every cell"));
}

}  // namespace
}  // namespace paucal::edge
