#include "weak/map/box_projection.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace paucal::weak {
namespace {

TEST(BoxProjection, PlacesAreThoseWhoseCentresLieInside) {
  const MapRectangle at4 = places_in({5, 2, 10.5f, 6.5f}, 4, 8, 8);
  EXPECT_EQ(at4.x0, 1);  // centres at 2, 6, 10, …
  EXPECT_EQ(at4.x1, 3);
  EXPECT_EQ(at4.y0, 0);
  EXPECT_EQ(at4.y1, 2);
  const MapRectangle tiny = places_in({6.5f, 30, 7, 31}, 4, 8, 8);
  EXPECT_EQ(tiny.x1 - tiny.x0, 1) << "never empty";
  EXPECT_EQ(tiny.y0, 7);
  const MapRectangle beyond = places_in({90, -9, 99, -1}, 4, 8, 8);
  EXPECT_EQ(beyond.x1, 8);
  EXPECT_EQ(beyond.y0, 0);
  EXPECT_EQ(beyond.y1, 1);
}

TEST(BoxProjection, ADiagonalReachesAllSides) {
  const at::Tensor line = torch::eye(8);
  EXPECT_NEAR(projection_loss(line, {0, 0, 8, 8}).item<double>(), 0, 1e-6);
  at::Tensor half = line.clone();
  half.slice(0, 4, 8).zero_();
  // Columns and rows, by hand: 4 of 8 reached, 1 - 2 · 4 / (4 + 8).
  EXPECT_NEAR(projection_loss(half, {0, 0, 8, 8}).item<double>(), 2. / 3, 1e-6);
  EXPECT_NEAR(projection_loss(half, {0, 0, 4, 4}).item<double>(), 0, 1e-6);
}

TEST(BoxProjection, TeachesOnlyThePlacesThatWouldReach) {
  at::Tensor map = torch::zeros({4, 4});
  map[1][1] = .5f;
  map.requires_grad_();
  projection_loss(map, {1, 1, 3, 3}).backward();
  EXPECT_EQ(map.grad().slice(0, 0, 1).abs().sum().item<double>(), 0) << "outside";
  EXPECT_LT(map.grad()[1][1].item<double>(), 0);
}

}  // namespace
}  // namespace paucal::weak
