#include "judge/picture.h"

#include <gtest/gtest.h>

#include "edge/pre/decode.h"

namespace paucal::judge {
namespace {

constexpr int kWidth = 200, kHeight = 100;

Prediction found(std::vector<edge::ScoredBox> boxes) {
  Prediction prediction;
  prediction.heat = edge::Map(kWidth / 4, kHeight / 4);
  prediction.heat.at(40, 20) = 1;
  prediction.geometry =
      edge::Geometry(kWidth, kHeight).resized(prediction.heat.width, prediction.heat.height);
  prediction.boxes = std::move(boxes);
  return prediction;
}

std::string shown(const edge::ModelCard& model, const Prediction& prediction,
                  const std::vector<edge::Box>& truths) {
  const auto pictures =
      page_pictures(model, edge::Image(kWidth, kHeight, 3, 90), prediction, truths);
  EXPECT_EQ(pictures.size(), 3u);
  return pictures[0].caption;
}

TEST(PagePictures, ShowTheTellingPartOfALargeImage) {
  edge::ModelCard model;
  const edge::ScoredBox sure{{10, 10, 20, 20}, .9f, 0}, unsure{{150, 40, 170, 60}, .3f, 0};
  const edge::Box missed{100, 40, 110, 50};
  EXPECT_EQ(shown(model, found({}), {}), "original");
  model.input.tile = 60;
  EXPECT_EQ(shown(model, found({unsure, sure}), {}), "from (0, 0)") << "the surest box";
  EXPECT_EQ(shown(model, found({unsure}), {}), "from (130, 20)");
  EXPECT_EQ(shown(model, found({sure}), {sure.box, missed}), "from (75, 15)");
  EXPECT_EQ(shown(model, found({}), {}), "from (132, 40)") << "the hottest place";
  model.input.scale = .5;  // tiles are of the network's pixels
  EXPECT_EQ(shown(model, found({unsure}), {}), "from (80, 0)");
  model.input.tile = 100;
  EXPECT_EQ(shown(model, found({unsure}), {}), "original") << "no larger than a tile";
}

TEST(PagePictures, DrawBoxesWhereTheyAre) {
  edge::ModelCard model;
  model.input.tile = 60;
  const auto pictures = page_pictures(model, edge::Image(kWidth, kHeight, 3, 90),
                                      found({{{150, 40, 170, 60}, .3f, 0}}), {});
  const auto image = edge::decode_image(pictures[2].bytes, {3});
  ASSERT_TRUE(image.ok());
  ASSERT_EQ(image->width, 60);
  EXPECT_GT(image->at(19, 30, 0), 150) << "orange: the left side, 150 - 130 - 1";
  EXPECT_LT(image->at(5, 30, 0), 120);
}

}  // namespace
}  // namespace paucal::judge
