#include "judge/training_picture.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "edge/pre/decode.h"

namespace paucal::judge {
namespace {

TEST(TrainingPicture, ShowsTheImageBesideItsHeat) {
  edge::ModelCard card;
  card.classes = {"OK", "NG"};
  card.class_is_ok = {true, false};
  const edge::Image image(400, 200, 1, 100);
  RawPrediction raw;
  raw.maps = {edge::Map(40, 20, -9)};
  raw.maps[0].at(30, 10) = 9;
  raw.scores = {0};
  raw.geometry = edge::Geometry(400, 200).resized(40, 20);
  const train::Picture picture = training_picture(card, image, raw, "NG/1.png");
  EXPECT_EQ(picture.name, "NG/1.png");
  EXPECT_EQ(picture.width, 2 * 192 + 4);
  EXPECT_EQ(picture.height, 96);
  const edge::Image drawn = value_or_throw(edge::decode_image(picture.png, {.channels = 3}));
  ASSERT_EQ(drawn.width, picture.width);
  ASSERT_EQ(drawn.height, picture.height);
  EXPECT_EQ(drawn.at(146, 50, 0), 100) << "the image as it is";
  EXPECT_EQ(drawn.at(193, 50, 0), 255) << "the gap";
  EXPECT_NE(drawn.at(196 + 146, 50, 0), 100) << "the hot place";
  EXPECT_EQ(drawn.at(196 + 20, 50, 0), 100) << "a cold one";
}

TEST(TrainingPicture, EachClassIsShown) {
  data::Dataset dataset;
  dataset.classes = {"OK", "NG"};
  std::vector<int> records;
  for (int i = 0; i < 10; ++i) {
    data::Record record;
    record.label = i < 7 ? 0 : 1;
    dataset.records.push_back(record);
    records.push_back(i);
  }
  EXPECT_EQ(pictured(dataset, records, 4), (std::vector<size_t>{0, 7, 1, 8}));
  EXPECT_EQ(pictured(dataset, records, 100).size(), 10u);
  EXPECT_TRUE(pictured(dataset, records, 0).empty());
}

}  // namespace
}  // namespace paucal::judge
