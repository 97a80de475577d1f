// A part in its pose, from the image to heat and boxes in the original.

#include <gmock/gmock.h>

#include <cmath>

#include "edge/post/test_brightness.h"

namespace paucal::edge {
namespace {

constexpr int kSide = 128;
constexpr Box kSpot = {80, 70, 88, 78};  // of a defect, in the original

// A grey plate at an angle, wider on its right, with a bright spot.
Image plate_with_spot() {
  Image image(kSide, kSide, 1, 10);
  const double c = std::cos(.6), s = std::sin(.6);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x) {
      const double px = x + .5 - 68, py = y + .5 - 64, u = px * c + py * s, v = py * c - px * s;
      if (std::abs(u) < 44 && std::abs(v) < 20 + u / 8) image.at(x, y) = 90;
      if (x >= kSpot.x0 && x < kSpot.x1 && y >= kSpot.y0 && y < kSpot.y1) image.at(x, y) = 250;
    }
  return image;
}

ModelCard posing_card() {
  ModelCard card = brightness_card();
  card.input.alignment = std::make_shared<const Alignment>(
      Alignment{.by = Align::kPca, .width = 100, .height = 60, .bright = true});
  return card;
}

TEST(PosedPrediction, LeadsHeatAndBoxesBack) {
  const Prediction found = inspect(posing_card(), plate_with_spot());
  EXPECT_TRUE(found.ng);
  ASSERT_EQ(found.boxes.size(), 1u);
  EXPECT_GT(iou(found.boxes[0].box, kSpot), .5f);
  const Map heat = heat_at_original(found);
  ASSERT_EQ(heat.width, kSide);
  ASSERT_EQ(heat.height, kSide);
  EXPECT_GT(heat.at(84, 74), .9f);
  EXPECT_LT(heat.at(60, 60), .5f);
  EXPECT_LE(heat.at(1, 1), 0);  // beside what is shown of the part
}

TEST(PosedPrediction, IsThatOfTheUprightPart) {
  const ModelCard card = posing_card();
  const Prediction found = inspect(card, plate_with_spot());
  EXPECT_EQ(found.geometry.original_width(), kSide);
  EXPECT_TRUE(found.geometry.turned());
  EXPECT_EQ(found.heat.width, 25);  // 100 px in cells of 4
}

}  // namespace
}  // namespace paucal::edge
