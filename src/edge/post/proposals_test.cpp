#include "edge/post/proposals.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace paucal::edge {
namespace {

ProposalOptions proposal_options(int count, double min_side = 4) {
  ProposalOptions options;
  options.count = count;
  options.min_side = min_side;
  return options;
}

Map noise_map(int width, int height, double deviation, uint64_t seed = 1) {
  Map map(width, height);
  Random random(seed, 0, 0);
  for (float& value : map.values) value = static_cast<float>(deviation * random.normal());
  return map;
}

void paint(Map& map, int x0, int y0, int x1, int y1, float value) {
  for (int y = y0; y < y1; ++y)
    for (int x = x0; x < x1; ++x) map.at(x, y) += value;
}

float best_iou(const std::vector<Box>& boxes, const Box& truth, size_t first = 1'000'000) {
  float best = 0;
  for (size_t i = 0; i < std::min(first, boxes.size()); ++i)
    best = std::max(best, iou(boxes[i], truth));
  return best;
}

void expect_valid(const std::vector<Box>& boxes, int count, float width, float height,
                  double min_side = 4) {
  ASSERT_EQ(boxes.size(), static_cast<size_t>(count));
  for (const Box& box : boxes) {
    EXPECT_TRUE(box.x0 >= 0 && box.y0 >= 0 && box.x1 <= width && box.y1 <= height)
        << box.x0 << ' ' << box.y0 << ' ' << box.x1 << ' ' << box.y1;
    EXPECT_GE(box.width(), std::min<float>(min_side, width) - 1e-3f);
    EXPECT_GE(box.height(), std::min<float>(min_side, height) - 1e-3f);
  }
}

TEST(Proposals, ASmallSquareComesFirstAndTight) {
  for (const int stride : {1, 2, 4}) {
    Map map(64, 48, -3);
    const int side = 4 / stride;  // 4 network pixels
    paint(map, 20, 30, 20 + side, 30 + side, 5);
    const auto boxes = propose_boxes(map, stride, proposal_options(128));
    expect_valid(boxes, 128, 64.f * stride, 48.f * stride);
    const float x = 20.f * stride, y = 30.f * stride;
    EXPECT_EQ(boxes[0], (Box{x, y, x + 4, y + 4})) << stride;
  }
}

// Ranked by what is inside alone, a box within a large object is as good as all of it, and each
// window of a bright half as good as the object.
TEST(Proposals, TheRingTellsAnObjectFromAPartOfIt) {
  Map map(40, 40, 0);
  paint(map, 10, 8, 22, 28, 1);
  const auto boxes = propose_boxes(map, 4, proposal_options(64));
  EXPECT_EQ(boxes[0], (Box{40, 32, 88, 112}));
  const auto inside = [&](const Box& box) {
    double sum = 0;
    for (int y = 0; y < 40; ++y)
      for (int x = 0; x < 40; ++x)
        if (4 * x >= box.x0 && 4 * x < box.x1 && 4 * y >= box.y0 && 4 * y < box.y1)
          sum += map.at(x, y);
    return sum * 16 / box.area();
  };
  EXPECT_EQ(inside({48, 40, 64, 56}), inside(boxes[0]));  // the naive measure: a part is as good
}

TEST(Proposals, FindsALineThatNoRatioFits) {
  Map map(64, 64, 0);
  paint(map, 3, 40, 60, 41, 2);
  EXPECT_EQ(propose_boxes(map, 4, proposal_options(128))[0], (Box{12, 160, 240, 164}));
}

// A list that is ranked and thinned alone is full of variations of the stronger one.
TEST(Proposals, TheWeakerOfTwoObjectsComesEarly) {
  Map map = noise_map(64, 64, .02);
  paint(map, 8, 8, 24, 20, 10);
  paint(map, 44, 40, 50, 48, 1);
  const auto boxes = propose_boxes(map, 4, proposal_options(128));
  EXPECT_GT(best_iou(boxes, {32, 32, 96, 80}, 1), .9);
  EXPECT_GT(best_iou(boxes, {176, 160, 200, 192}, 16), .7);
}

TEST(Proposals, NoisyObjectsOfAllSizesAreCovered) {
  double sum = 0;
  int found = 0, count = 0;
  for (int trial = 0; trial < 60; ++trial) {
    Map map = noise_map(64, 64, 1, 100 + trial);
    Random random(9, 0, trial);
    const auto width = static_cast<int>(std::exp(random.uniform(0, std::log(40.))));
    const auto height =
        std::clamp(static_cast<int>(width * std::exp(random.uniform(-1.2, 1.2))), 1, 60);
    const auto x = static_cast<int>(random.below(64 - width));
    const auto y = static_cast<int>(random.below(64 - height));
    paint(map, x, y, x + width, y + height, width * height < 4 ? 8.f : 3.f);
    const Box truth{4.f * x, 4.f * y, 4.f * (x + width), 4.f * (y + height)};
    const float best = best_iou(propose_boxes(map, 4, proposal_options(128)), truth);
    sum += best;
    found += best >= .5f ? 1 : 0;
    ++count;
  }
  RecordProperty("mean_iou", std::to_string(sum / count));
  EXPECT_GE(found, count * 9 / 10) << sum / count;
  EXPECT_GT(sum / count, .7);
}

// As a map shows an object by its parts, and a textured surface by spots everywhere.
TEST(Proposals, ManyHotSpotsLeaveRoomForWhatTheyBelongTo) {
  Map map = noise_map(50, 50, .3f, 3);
  Random random(4, 0, 0);
  for (int spot = 0; spot < 150; ++spot)
    map.at(static_cast<int>(random.between(0, 49)), static_cast<int>(random.between(0, 49))) += 6;
  paint(map, 12, 16, 36, 30, 1.5f);
  EXPECT_GT(best_iou(propose_boxes(map, 4, proposal_options(128)), {48, 64, 144, 120}), .6);
}

TEST(Proposals, GoBelowACell) {
  // A spot of 4 pixels at the border of two cells of 8: both see half of it.
  Map map(16, 16, 0);
  map.at(5, 7) = map.at(6, 7) = 1;
  EXPECT_GT(best_iou(propose_boxes(map, 8, proposal_options(64)), {46, 58, 50, 62}), .4);
  // In one cell.
  map = Map(16, 16, 0);
  map.at(5, 7) = 1;
  const auto boxes = propose_boxes(map, 8, proposal_options(64));
  EXPECT_EQ(boxes[0], (Box{40, 56, 48, 64}));
  EXPECT_GT(best_iou(boxes, {42, 58, 46, 62}), .9);
}

TEST(Proposals, OrderDoesNotDependOnScale) {
  Map map = noise_map(40, 30, 1);
  paint(map, 5, 6, 15, 12, 3);
  const auto boxes = propose_boxes(map, 4, proposal_options(100));
  for (const auto& [factor, shift] :
       {std::pair{8.f, 0.f}, {.125f, 3.f}, {1e-3f, -1.f}, {50.f, 7.f}}) {
    Map other = map;
    for (float& value : other.values) value = value * factor + shift;
    const auto same = propose_boxes(other, 4, proposal_options(100));
    size_t equal = 0;
    for (size_t i = 0; i < boxes.size(); ++i) equal += boxes[i] == same[i] ? 1 : 0;
    EXPECT_GE(equal, 95u) << factor;  // rounding may swap what is nearly equal
    EXPECT_EQ(boxes[0], same[0]);
  }
  EXPECT_EQ(boxes, propose_boxes(map, 4, proposal_options(100)));
}

TEST(Proposals, BoxesDiffer) {
  Map map = noise_map(48, 48, 1);
  const auto boxes = propose_boxes(map, 4, proposal_options(200));
  for (size_t i = 0; i < boxes.size(); ++i)
    for (size_t j = 0; j < i; ++j) EXPECT_LE(iou(boxes[i], boxes[j]), .81f) << i << ' ' << j;
}

TEST(Proposals, AFlatMapHasThemToo) {
  for (const float value : {0.f, -7.5f, 1e30f}) {
    const auto boxes = propose_boxes(Map(32, 20, value), 4, proposal_options(128));
    expect_valid(boxes, 128, 128, 80);
    EXPECT_EQ(boxes[0], (Box{0, 0, 128, 80}));
    for (size_t i = 0; i < boxes.size(); ++i)
      for (size_t j = 0; j < i; ++j) EXPECT_LE(iou(boxes[i], boxes[j]), .81f);
  }
}

TEST(Proposals, SmallMapsAndManyBoxes) {
  expect_valid(propose_boxes(Map(1, 1, 3), 8, proposal_options(128)), 128, 8, 8);
  expect_valid(propose_boxes(Map(1, 1, 3), 2, proposal_options(5)), 5, 2,
               2);  // smaller than min_side
  expect_valid(propose_boxes(Map(1, 30, 3), 4, proposal_options(300)), 300, 4, 120);
  expect_valid(propose_boxes(noise_map(2, 3, 1), 32, proposal_options(1000)), 1000, 64, 96);
  expect_valid(propose_boxes(noise_map(16, 16, 1), 4, proposal_options(10000)), 10000, 64, 64);
  expect_valid(propose_boxes(noise_map(20, 20, 1), 4, proposal_options(50, 30)), 50, 80, 80, 30);
  expect_valid(propose_boxes(noise_map(20, 20, 1), 4, proposal_options(1)), 1, 80, 80);
  EXPECT_EQ(propose_boxes(Map(), 4, proposal_options(3)), (std::vector<Box>(3)));
}

TEST(Proposals, TakeHostileMaps) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  Map map(32, 32, 0);
  paint(map, 10, 12, 16, 20, 4);
  const Box truth{40, 48, 64, 80};
  for (int i = 0; i < 32; ++i) map.at(i, 2) = nan;
  auto boxes = propose_boxes(map, 4, proposal_options(128));
  expect_valid(boxes, 128, 128, 128);
  EXPECT_GT(best_iou(boxes, truth, 1), .99);
  map.at(13, 15) = infinite;
  map.at(30, 30) = -infinite;
  boxes = propose_boxes(map, 4, proposal_options(128));
  expect_valid(boxes, 128, 128, 128);
  EXPECT_GT(best_iou(boxes, truth), .7);
  for (const float value : {nan, infinite, -infinite})
    expect_valid(propose_boxes(Map(8, 8, value), 4, proposal_options(20)), 20, 32, 32);
  map.at(0, 0) = 3e38f;
  map.at(1, 0) = -3e38f;
  expect_valid(propose_boxes(map, 4, proposal_options(128)), 128, 128, 128);
}

// Nothing but the map as a whole is as large as that.
TEST(Proposals, OfASmallestSideBeyondTheMapAreTheMap) {
  for (const Map& map : {Map(1, 1, 3), Map(6, 4, 0), noise_map(6, 4, 1)})
    for (const Box& box : propose_boxes(map, 4, proposal_options(9, 10000)))
      EXPECT_EQ(box, (Box{0, 0, 4.f * static_cast<float>(map.width),
                          4.f * static_cast<float>(map.height)}));
}

}  // namespace
}  // namespace paucal::edge
