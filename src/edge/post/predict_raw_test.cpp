#include <gtest/gtest.h>

#include "edge/post/interpret.h"
#include "edge/post/test_card.h"

namespace paucal::edge {
namespace {

// 6 of 8 columns are image; the map has two cells of 4 across. In the network's view the second
// cell's centre is column 6, padding; seen from the right it is column 5, image.
TEST(PredictRaw, CountsCellsByTheirCentreInEachMirroredPass) {
  ModelCard card = grey_inspection();
  card.input.multiple = 8;
  card.top = 1;
  const Network network = [](const Planes& canvas) -> Result<NetworkOutput> {
    EXPECT_EQ(canvas.width, 8);
    return NetworkOutput{{1, 2, 2, {0, 10, 0, 10}}, {}};
  };
  const Fitted fitted = fit_image(Image(6, 8, 1, 100), card.input);
  EXPECT_DOUBLE_EQ(predict_raw(card, fitted, network)->scores[0], 0);
  card.flips = true;  // two passes as above, two of [10, 0] with both cells counting
  EXPECT_DOUBLE_EQ(predict_raw(card, fitted, network)->scores[0], 2.5);
}

// No cell's centre lies in the image; its score must still come from the network.
TEST(PredictRaw, AnImageSmallerThanACellHasOne) {
  ModelCard card = grey_inspection();
  card.input.multiple = 8;
  card.top = 1;
  const Network network = [](const Planes&) -> Result<NetworkOutput> {
    return NetworkOutput{{1, 2, 2, {7, 1, 1, 1}}, {}};
  };
  EXPECT_DOUBLE_EQ(
      predict_raw(card, fit_image(Image(1, 1, 1, 100), card.input), network)->scores[0], 7);
}

TEST(PredictRaw, RefusesWhatTheCardDoesNotExpect) {
  const ModelCard card = grey_inspection();
  const Network wrong = [](const Planes&) -> Result<NetworkOutput> {
    return NetworkOutput{{3, 1, 1, {1, 2, 3}}, {}};
  };
  EXPECT_FALSE(predict_raw(card, fit_image(Image(6, 8, 1), card.input), wrong).ok());
  EXPECT_FALSE(predict_raw(card, Fitted{}, wrong).ok());
}

// 64 / (64 / 49) is a little more than 49 in doubles, and its ceiling one row too many.
TEST(PredictRaw, MapsOfAnyStrideStayWithinTheNetworks) {
  ModelCard card = grey_inspection();
  card.input.multiple = 64;
  for (int cells = 1; cells <= 64; ++cells) {
    const Network network = [&](const Planes&) -> Result<NetworkOutput> {
      return NetworkOutput{
          {1, cells, cells, std::vector<float>(static_cast<size_t>(cells * cells), 2)}};
    };
    const auto whole = predict_raw(card, fit_image(Image(64, 64, 1), card.input), network);
    EXPECT_EQ(whole->maps[0].width, cells);
    EXPECT_EQ(whole->maps[0].height, cells);
    // A part of a cell counts as one.
    const auto part = predict_raw(card, fit_image(Image(33, 1, 1), card.input), network);
    EXPECT_EQ(part->maps[0].width, (33 * cells + 63) / 64) << cells;
    EXPECT_EQ(part->maps[0].height, 1);
  }
}

}  // namespace
}  // namespace paucal::edge
