#include "data/feed/targets.h"

#include <gtest/gtest.h>

namespace paucal::data {
namespace {

Record record_with(std::vector<labels::Instance> given) {
  Record record;
  record.given = std::move(given);
  return record;
}

TEST(Targets, FollowTheImageThroughEveryStep) {
  // 200 × 100 pixels, shrunk to half, then mirrored: x0 = 100 - 60 / 2.
  const edge::Geometry fitted = edge::Geometry(200, 100).resized(100, 50);
  const edge::Geometry view = edge::Geometry(100, 50).flipped_x();
  const auto targets = targets_in_view(
      record_with({{.box = {20, 10, 60, 30}, .class_name = "scratch"}}), {}, fitted, view);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].box, (edge::Box{70, 5, 90, 15}));
  EXPECT_EQ(targets[0].label, 0);
  EXPECT_EQ(targets[0].weight, 1);
}

TEST(Targets, AreCutToTheViewAndDroppedWhereLittleIsLeft) {
  const edge::Geometry fitted(100, 100);
  const edge::Geometry view = edge::Geometry(100, 100).cropped(50, 0, 50, 100);
  const auto targets = targets_in_view(
      record_with({{{40, 0, 60, 10}, ""}, {{20, 0, 52, 10}, ""}, {{0, 0, 20, 10}, ""}}), {}, fitted,
      view);
  ASSERT_EQ(targets.size(), 1u);  // half of the first is left, a sixteenth of the second
  EXPECT_EQ(targets[0].box, (edge::Box{0, 0, 10, 10}));
}

TEST(Targets, KeepPointsThatAreShown) {
  const edge::Geometry fitted(100, 100);
  const edge::Geometry view = edge::Geometry(100, 100).cropped(50, 50, 50, 50);
  const auto targets = targets_in_view(
      record_with({{{60, 70, 60, 70}, ""}, {{10, 70, 10, 70}, ""}}), {}, fitted, view);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].box, (edge::Box{10, 20, 10, 20}));
}

TEST(Targets, HaveTheClassOfTheirBoxWhereThereAreSeveral) {
  const edge::Geometry same(100, 100);
  const auto targets =
      targets_in_view(record_with({{.box = {0, 0, 9, 9}, .class_name = "b", .weight = .5f},
                                   {.box = {0, 0, 9, 9}, .class_name = "unknown"}}),
                      {false, {"a", "b"}}, same, same);
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_EQ(targets[0].label, 1);
  EXPECT_EQ(targets[0].weight, .5f);
}

TEST(Targets, OfAMaskAreTheBoxesOfItsRegions) {
  std::vector<uint8_t> mask(8 * 6, 0);
  for (const int at : {0, 1, 8, 9}) mask[static_cast<size_t>(at)] = 1;  // 2 × 2 at the corner
  for (const int at : {37, 38, 39}) mask[static_cast<size_t>(at)] = 1;  // a line in row 4
  mask[22] = 1;                                                         // a single pixel: dust
  const auto targets = targets_of_mask(mask, 8, 6);
  ASSERT_EQ(targets.size(), 2u);
  EXPECT_EQ(targets[0].box, (edge::Box{0, 0, 2, 2}));
  EXPECT_EQ(targets[1].box, (edge::Box{5, 4, 8, 5}));
}

}  // namespace
}  // namespace paucal::data
