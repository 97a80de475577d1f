#include "judge/exchange.h"

#include <gtest/gtest.h>

#include "edge/image/deep.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

CellSet one_place(int cell, double stride) {
  CellSet places{8, 8, stride, stride, std::vector<uint8_t>(64)};
  places.cells[static_cast<size_t>(cell)] = 1;
  return places;
}

TEST(Exchange, HotPlacesAreThoseOfTheHeatAndTheirNeighbours) {
  edge::ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  RawPrediction raw;
  raw.maps = {edge::Map(8, 6, -2)};
  raw.stride_x = raw.stride_y = 4;
  raw.maps[0].at(0, 0) = -1.5f;
  EXPECT_NEAR(hot_places(card, raw).share(), 4 / 48., 1e-9) << "the hottest in any case";
  raw.maps[0].at(5, 3) = 2;
  const CellSet hot = hot_places(card, raw);
  EXPECT_NEAR(hot.share(), 9 / 48., 1e-9);
  EXPECT_EQ(hot.cells[8 * 2 + 4], 1);
  EXPECT_EQ(hot.cells[0], 0);
  EXPECT_EQ(hot.stride_x, 4);
}

TEST(Exchange, OtherPlacesAreAsManyAndNoneOfThem) {
  const CellSet places = one_place(27, 4);
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Random random(seed);
    const auto moved = moved_away(places, random);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->share(), places.share());
    EXPECT_EQ(moved->cells[27], 0);
  }
  CellSet all = places;
  all.cells.assign(64, 1);
  Random random(1);
  EXPECT_FALSE(moved_away(all, random));
}

TEST(Exchange, FillsFromTheDonorInTheLightOfTheImage) {
  edge::Image image(32, 32, 1), donor(32, 32, 1, 60);
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x) image.at(x, y) = static_cast<uint8_t>(100 + 2 * x);
  for (int y = 12; y < 16; ++y)
    for (int x = 12; x < 16; ++x) image.at(x, y) = 255;
  // With the cells around it, as hot places are: the border is faded there.
  CellSet places = one_place(8 * 3 + 3, 4);
  for (const int y : {2, 3, 4})
    for (const int x : {2, 3, 4}) places.cells[static_cast<size_t>(8 * y + x)] = 1;
  const edge::Image result = filled(image, donor, places);
  EXPECT_NEAR(result.at(14, 14), 128, 8) << "the gradient goes on, the defect is gone";
  EXPECT_EQ(result.at(2, 2), image.at(2, 2));
  EXPECT_EQ(result.at(30, 14), image.at(30, 14));
  // The other way round: the defect stands out from the donor by as much.
  const edge::Image kept = filled(donor, image, places);
  EXPECT_NEAR(kept.at(14, 14), 60 + 255 - 128, 8);
  EXPECT_EQ(kept.at(2, 2), 60);
}

// A network that reads full depth must be shown what was exchanged there.
TEST(Exchange, FillsAtFullDepthToo) {
  edge::Image image(32, 32, 1, 100), donor(32, 32, 1, 60);
  for (int y = 12; y < 16; ++y)
    for (int x = 12; x < 16; ++x) image.at(x, y) = 255;
  const CellSet places = one_place(8 * 3 + 3, 4);
  const edge::Image plain = filled(image, donor, places);
  const edge::Image deep = filled(edge::deepened(image), edge::deepened(donor), places);
  ASSERT_TRUE(deep.is_deep());
  const edge::Image flat = edge::flattened(deep);
  for (size_t i = 0; i < plain.pixels.size(); ++i) ASSERT_NEAR(plain.pixels[i], flat.pixels[i], 1);
}

TEST(Exchange, AMapThatReachesBeyondTheImageDoesNoHarm) {
  edge::Image image(29, 30, 3, 100), donor(29, 30, 3, 50);
  CellSet places = one_place(63, 4);
  EXPECT_EQ(filled(image, donor, places).at(28, 29, 2), 100) << "as bright as what is around";
  places.cells.assign(64, 1);
  EXPECT_EQ(filled(image, donor, places).pixels, donor.pixels) << "nothing tells of the light";
  EXPECT_EQ(difference_outside(image, donor, places), 0);
}

TEST(Exchange, BrightnessIsNoDifference) {
  edge::Image image(32, 32, 1, 100), brighter(32, 32, 1, 130), other = image;
  const CellSet places = one_place(0, 4);
  other.at(1, 1) = 255;
  EXPECT_EQ(difference_outside(image, brighter, places), 0);
  EXPECT_EQ(difference_outside(image, other, places), 0) << "within the places";
  other.at(20, 20) = 255;
  EXPECT_GT(difference_outside(image, other, places), 0);
}

}  // namespace
}  // namespace paucal::judge
