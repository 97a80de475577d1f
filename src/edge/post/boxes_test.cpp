#include "edge/post/boxes.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "base/random.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

// '.' is 0, digits are tenths.
Map map_of(const std::vector<std::string>& rows) {
  Map map(static_cast<int>(rows[0].size()), static_cast<int>(rows.size()));
  for (int y = 0; y < map.height; ++y)
    for (int x = 0; x < map.width; ++x)
      if (rows[y][x] != '.') map.at(x, y) = static_cast<float>(rows[y][x] - '0') / 10;
  return map;
}

TEST(FindComponents, GrowsFromHighToLow) {
  const auto found = find_components(map_of({"..........",  //
                                             ".395...44.",  //
                                             "...4..444.",  //
                                             "....2....."}),
                                     0.8f, 0.4f);
  ASSERT_EQ(found.size(), 1u);  // the right one never reaches 0.8
  EXPECT_EQ(found[0].box, (Box{2, 1, 4, 3}));
  EXPECT_EQ(found[0].area, 3);
  EXPECT_NEAR(found[0].mean, 0.6, 1e-6);
  EXPECT_FLOAT_EQ(found[0].peak, 0.9f);
  EXPECT_EQ(found[0].peak_x, 2);
  EXPECT_EQ(found[0].peak_y, 1);
}

TEST(FindComponents, JoinsLateAndAcrossCorners) {
  // A U, a spiral arm and a diagonal: labels meet after they were given.
  const auto found = find_components(map_of({"9..9....9",  //
                                             "9..9...9.",  //
                                             "9999..9..",  //
                                             ".........",  //
                                             "99999.9..",  //
                                             "....9.9..",  //
                                             "999.9.9..",  //
                                             "9...9.9..",  //
                                             "9999999.."}),
                                     0.5f, 0.5f);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].box, (Box{0, 0, 4, 3}));
  EXPECT_EQ(found[1].box, (Box{6, 0, 9, 3}));
  EXPECT_EQ(found[2].box, (Box{0, 4, 7, 9}));
}

// Against the plain definition: flood fill with a stack.
TEST(FindComponents, MatchesFloodFill) {
  for (int trial = 0; trial < 60; ++trial) {
    Random random(8, 0, trial);
    Map map(static_cast<int>(random.between(1, 24)), static_cast<int>(random.between(1, 24)));
    for (auto& v : map.values) v = static_cast<float>(random.uniform());
    const float low = static_cast<float>(random.uniform(0.3, 0.9));
    std::vector<bool> seen(map.values.size());
    double count = 0, area = 0, sum = 0;
    for (int start = 0; start < std::ssize(map.values); ++start) {
      if (seen[start] || map.values[start] < low) continue;
      count += 1;
      std::vector<int> stack{start};
      seen[start] = true;
      while (!stack.empty()) {
        const int at = stack.back();
        stack.pop_back();
        area += 1;
        sum += map.values[at];
        for (int dy = -1; dy <= 1; ++dy)
          for (int dx = -1; dx <= 1; ++dx) {
            const int x = at % map.width + dx, y = at / map.width + dy;
            if (x < 0 || y < 0 || x >= map.width || y >= map.height) continue;
            const int next = y * map.width + x;
            if (seen[next] || map.values[next] < low) continue;
            seen[next] = true;
            stack.push_back(next);
          }
      }
    }
    double found_area = 0, found_sum = 0;
    const auto found = find_components(map, low, low);
    for (const Component& c : found) {
      found_area += c.area;
      found_sum += c.mean * c.area;
      EXPECT_GE(c.box.area(), c.area);
      EXPECT_EQ(map.at(c.peak_x, c.peak_y), static_cast<float>(c.peak));
    }
    EXPECT_EQ(static_cast<double>(found.size()), count);
    EXPECT_EQ(found_area, area);
    EXPECT_NEAR(found_sum, sum, 1e-4);
  }
}

TEST(FindComponents, OrderIsFixed) {
  const auto found = find_components(map_of({"7.9.7", ".....", "7.9.8"}), 0.5f, 0.5f);
  ASSERT_EQ(found.size(), 6u);
  EXPECT_EQ(found[0].box, (Box{2, 0, 3, 1}));
  EXPECT_EQ(found[1].box, (Box{2, 2, 3, 3}));
  EXPECT_EQ(found[2].box, (Box{4, 2, 5, 3}));
  EXPECT_EQ(found[3].box, (Box{0, 0, 1, 1}));
  EXPECT_EQ(found[5].box, (Box{0, 2, 1, 3}));
}

TEST(FindComponents, EmptyNanAndInfinity) {
  EXPECT_TRUE(find_components(Map(), 0.5f, 0.5f).empty());
  EXPECT_TRUE(find_components(Map(5, 5), 0.5f, 0.5f).empty());
  Map map(3, 1, std::numeric_limits<float>::quiet_NaN());
  map.at(1, 0) = std::numeric_limits<float>::infinity();
  const auto found = find_components(map, 0.5f, 0.9f);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].box, (Box{1, 0, 2, 1}));
}

TEST(BoxesFromMap, InOriginalPixels) {
  // 100×60 padded to 112×64, at stride 16 a map of 7×4; its last column is mostly padding.
  const Geometry geometry = Geometry(100, 60).padded(0, 0, 12, 4).resized(7, 4);
  Map map(7, 4);
  map.at(1, 1) = 0.8f;
  map.at(2, 1) = 0.6f;
  map.at(6, 3) = 1.0f;
  const auto boxes = boxes_from_map(map, geometry, BoxOptions(), 0.5f);
  ASSERT_EQ(boxes.size(), 2u);
  EXPECT_EQ(boxes[0].box, (Box{96, 48, 100, 60}));  // clipped
  EXPECT_FLOAT_EQ(boxes[0].score, 0.5f);
  EXPECT_EQ(boxes[1].box, (Box{16, 16, 48, 32}));
  EXPECT_FLOAT_EQ(boxes[1].score, 0.35f);
}

TEST(BoxesFromMap, DropsSmallOnesPaddingAndTheRest) {
  Map map(16, 4);
  for (int x = 0; x < 16; x += 2) map.at(x, 0) = 0.6f + static_cast<float>(x) / 100;
  const Geometry half = Geometry(20, 8).padded(0, 0, 12, 0).resized(16, 4);
  BoxOptions options;
  options.min_area = 4;  // one map pixel is 2×2 original ones
  EXPECT_EQ(boxes_from_map(map, half, options, 1).size(), 5u);  // three lie in the padding
  options.max_boxes = 2;
  const auto best = boxes_from_map(map, half, options, 1);
  ASSERT_EQ(best.size(), 2u);
  EXPECT_EQ(best[0].box, (Box{16, 0, 18, 2}));
  options.min_area = 5;
  EXPECT_TRUE(boxes_from_map(map, half, options, 1).empty());
}

// The mean edge error over random boxes of a perfect coverage map, upsampled, at one threshold.
double mean_edge_error(int stride, int size, double threshold) {
  constexpr int kSide = 256, kTrials = 60;
  const int cells = kSide / stride;
  double error = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    Random random(6, stride * 1000 + size, trial);
    const auto x = static_cast<float>(random.between(16, kSide - size - 16));
    const auto y = static_cast<float>(random.between(16, kSide - size - 16));
    const Box truth{x, y, x + static_cast<float>(size), y + static_cast<float>(size)};
    Map map(cells, cells);
    for (int j = 0; j < cells; ++j)
      for (int i = 0; i < cells; ++i) {
        const auto s = static_cast<float>(stride);
        const Box cell{s * i, s * j, s * (i + 1), s * (j + 1)};
        const Box both{std::max(cell.x0, truth.x0), std::max(cell.y0, truth.y0),
                       std::min(cell.x1, truth.x1), std::min(cell.y1, truth.y1)};
        map.at(i, j) = both.area() / cell.area();
      }
    const Map full = resize(map, kSide, kSide);
    BoxOptions options;
    // A small box between coarse cells may never reach the threshold: relative to the peak then.
    const float peak = *std::max_element(full.values.begin(), full.values.end());
    options.high = options.low = threshold * peak;
    const auto boxes = boxes_from_map(full, Geometry(kSide, kSide), options, 1);
    EXPECT_EQ(boxes.size(), 1u);
    const Box& box = boxes[0].box;
    error += (std::abs(box.x0 - truth.x0) + std::abs(box.y0 - truth.y0) +
              std::abs(box.x1 - truth.x1) + std::abs(box.y1 - truth.y1)) /
             4 / kTrials;
  }
  return error;
}

// The table in boxes.h, and why 0.5: at 0.2 every edge moves out by about half a cell.
TEST(BoxesFromMap, EdgeErrorOfPerfectMaps) {
  struct Case {
    int stride;
    std::array<double, 3> expected;  // boxes of 8, 32 and 128 pixels
  };
  for (const auto& [stride, expected] : {Case{4, {0, 0, 0}}, Case{8, {1.4, 0.5, 0.5}},
                                         Case{16, {5.5, 0.7, 0.7}}, Case{32, {13, 6.2, 1.9}}})
    for (int i = 0; i < 3; ++i)
      EXPECT_NEAR(mean_edge_error(stride, 8 << (2 * i), 0.5), expected[i], 0.1 + 0.25 * expected[i])
          << "stride " << stride << ", box of " << (8 << (2 * i));
  EXPECT_GT(mean_edge_error(8, 32, 0.2), 3);
}

TEST(BoxesFromMap, AGapDoesNotEndAScratch) {
  Map map(40, 40);
  for (int i = 2; i < 30; ++i)
    if (i < 10 || (i >= 13 && i < 20) || i >= 26) map.at(i, i) = i < 10 ? 1.f : .5f;
  BoxOptions options{.high = .4, .low = .4, .min_area = 0};
  const auto boxes = [&](double join) {
    options.join = join;
    return boxes_from_map(map, Geometry(40, 40), options, 1);
  };
  EXPECT_EQ(boxes(0).size(), 3u);
  EXPECT_EQ(boxes(2).size(), 3u) << "there are 3 between";
  const auto two = boxes(3);
  ASSERT_EQ(two.size(), 2u);
  EXPECT_EQ(two[0].box, (Box{2, 2, 20, 20}));
  EXPECT_NEAR(two[0].score, (8 * 1. + 7 * .5) / 15, 1e-6) << "the mean over both";
  EXPECT_EQ(boxes(5).size(), 2u);
  ASSERT_EQ(boxes(6).size(), 1u);
  EXPECT_EQ(boxes(6)[0].box, (Box{2, 2, 30, 30}));
}

// It is pixels that are near, not boxes: a spot within the box of a slanting scratch is another
// defect, and what is too faint to be one bridges nothing.
TEST(BoxesFromMap, AGapIsMeasuredBetweenPixels) {
  Map map(40, 40);
  for (int i = 2; i < 38; ++i) map.at(i, i) = 1;
  map.at(30, 6) = 1;
  BoxOptions options{.high = .9, .low = .4, .join = 6, .min_area = 0};
  EXPECT_EQ(boxes_from_map(map, Geometry(40, 40), options, 1).size(), 2u);
  Map row(40, 3);
  row.at(5, 1) = row.at(19, 1) = 1;
  row.at(12, 1) = .5f;
  EXPECT_EQ(boxes_from_map(row, Geometry(40, 3), options, 1).size(), 2u);
  options.join = 13;
  EXPECT_EQ(boxes_from_map(row, Geometry(40, 3), options, 1).size(), 1u);
  options.join = 1e6;
  EXPECT_EQ(boxes_from_map(row, Geometry(40, 3), options, 1).size(), 1u);
}

}  // namespace
}  // namespace paucal::edge
