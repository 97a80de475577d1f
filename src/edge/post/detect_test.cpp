#include "edge/post/detect.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/random.h"

namespace paucal::edge {
namespace {

constexpr float kNotANumber = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinite = std::numeric_limits<float>::infinity();

AnchorOptions anchors_of(std::vector<double> sizes, std::vector<double> ratios) {
  AnchorOptions options;
  options.sizes = std::move(sizes);
  options.ratios = std::move(ratios);
  return options;
}

void expect_near(const Box& a, const Box& b, float most = 1e-4f) {
  EXPECT_NEAR(a.x0, b.x0, most);
  EXPECT_NEAR(a.y0, b.y0, most);
  EXPECT_NEAR(a.x1, b.x1, most);
  EXPECT_NEAR(a.y1, b.y1, most);
}

TEST(Anchors, AreOrderedByRowColumnSizeAndRatio) {
  const auto anchors = make_anchors(anchors_of({1, 2}, {1, 4}), 8, 3, 2);
  ASSERT_EQ(anchors.size(), 3u * 2 * 4);
  EXPECT_EQ(anchors[0], (Box{0, 0, 8, 8}));       // the cell itself: its centre is (4, 4)
  EXPECT_EQ(anchors[1], (Box{2, -4, 6, 12}));     // 4 wide, 16 high: area 64
  EXPECT_EQ(anchors[2], (Box{-4, -4, 12, 12}));   // size 2
  EXPECT_EQ(anchors[3], (Box{0, -12, 8, 20}));    // 8 wide, 32 high
  EXPECT_EQ(anchors[4], (Box{8, 0, 16, 8}));      // the next column
  EXPECT_EQ(anchors[3 * 4], (Box{0, 8, 8, 16}));  // the next row
  EXPECT_EQ(anchors.back(), (Box{16, -4, 24, 28}));
  EXPECT_TRUE(make_anchors({}, 8, 0, 5).empty());
  EXPECT_TRUE(make_anchors({}, 8, -1, -1).empty());
}

TEST(BoxCode, IsThatOfRcnn) {
  const Box anchor{0, 0, 10, 20};
  const BoxDeltas code = encode_box(anchor, {5, 10, 25, 20});
  EXPECT_FLOAT_EQ(code[0], 1);  // centre 15, not 5: one width
  EXPECT_FLOAT_EQ(code[1], 0.25);
  EXPECT_FLOAT_EQ(code[2], std::log(2.f));
  EXPECT_FLOAT_EQ(code[3], std::log(0.5f));
  expect_near(decode_box(anchor, {0, 0, 0, 0}), anchor);
}

TEST(BoxCode, ComesBack) {
  for (int i = 0; i < 100; ++i) {
    Random random(3, 0, i);
    const auto draw = [&] {
      const double x = random.uniform(-50, 300), y = random.uniform(-50, 300);
      return Box{static_cast<float>(x), static_cast<float>(y),
                 static_cast<float>(x + random.uniform(4, 100)),
                 static_cast<float>(y + random.uniform(4, 100))};
    };
    const Box anchor = draw(), box = draw();
    expect_near(decode_box(anchor, encode_box(anchor, box)), box, 1e-3f);
  }
}

TEST(BoxCode, TakesHostileInput) {
  const Box anchor{0, 0, 10, 10};
  const Box grown = decode_box(anchor, {0, 0, 1000, 4});
  EXPECT_NEAR(grown.width(), 10 * std::exp(4.f), 0.01);
  EXPECT_EQ(grown.width(), grown.height());
  for (const float bad : {kNotANumber, kInfinite, -kInfinite})
    for (size_t i = 0; i < 2; ++i) {
      BoxDeltas deltas = {0, 0, 0, 0};
      deltas[i] = bad;
      EXPECT_EQ(decode_box(anchor, deltas), Box{});
    }
  EXPECT_EQ(decode_box(anchor, {0, 0, kNotANumber, 0}), Box{});
  EXPECT_EQ(decode_box(anchor, {0, 0, -kInfinite, 0}).area(), 0);
  for (const float delta : encode_box({3, 3, 3, 3}, {5, 5, 5, 5}))
    EXPECT_TRUE(std::isfinite(delta));
}

NmsOptions detect_options(double score, double iou, int max_boxes = 100) {
  NmsOptions options;
  options.score = score;
  options.iou = iou;
  options.max_boxes = max_boxes;
  return options;
}

std::vector<int> places(const std::vector<ScoredBox>& boxes, const std::vector<ScoredBox>& among) {
  std::vector<int> found;
  for (const ScoredBox& box : boxes)
    for (size_t i = 0; i < among.size(); ++i)
      if (box.box == among[i].box && box.score == among[i].score && box.label == among[i].label)
        found.push_back(static_cast<int>(i));
  return found;
}

TEST(Nms, SuppressesWithinEachLabel) {
  const std::vector<ScoredBox> boxes = {{{0, 0, 10, 10}, .6f, 0},
                                        {{1, 0, 11, 10}, .9f, 0},  // IoU 9/11 with the first
                                        {{0, 0, 10, 10}, .8f, 7},
                                        {{20, 0, 30, 10}, .1f, 0},
                                        {{6, 0, 16, 10}, .5f, 0}};  // 5/15 with the second
  EXPECT_EQ(places(nms(boxes, detect_options(.05, .5)), boxes), (std::vector{1, 2, 4, 3}));
  EXPECT_EQ(places(nms(boxes, detect_options(.05, .3)), boxes), (std::vector{1, 2, 3}));
  EXPECT_EQ(places(nms(boxes, detect_options(.55, .5)), boxes), (std::vector{1, 2}));
  EXPECT_EQ(places(nms(boxes, detect_options(.05, .5, 2)), boxes), (std::vector{1, 2}));
  EXPECT_TRUE(nms(boxes, detect_options(.05, .5, 0)).empty());
  EXPECT_TRUE(nms({}, detect_options(.05, .5)).empty());
}

TEST(Nms, ABoxIsSuppressedOnlyByBoxesThatAreKept) {
  // The second overlaps the first and goes; the third overlaps the second alone and stays.
  const std::vector<ScoredBox> boxes = {
      {{0, 0, 10, 1}, .9f, 0}, {{3, 0, 13, 1}, .8f, 0}, {{6, 0, 16, 1}, .7f, 0}};
  EXPECT_EQ(places(nms(boxes, detect_options(0, .5)), boxes), (std::vector{0, 2}));
}

TEST(Nms, NeighboursCorrectTheSidesOfWhatIsKept) {
  const std::vector<ScoredBox> boxes = {{{0, 0, 10, 10}, .6f, 0},
                                        {{2, 0, 12, 10}, .3f, 0},   // IoU 2/3: votes
                                        {{6, 0, 16, 10}, .5f, 0},   // IoU 1/4: does not
                                        {{2, 0, 12, 10}, .5f, 1}};  // of another class
  NmsOptions options = detect_options(.05, .2);
  options.vote = .6;
  const auto kept = nms(boxes, options);
  ASSERT_EQ(kept.size(), 2u);
  const float x0 = 2 * .3f / .9f;
  EXPECT_NEAR(kept[0].box.x0, x0, 1e-5);
  EXPECT_NEAR(kept[0].box.x1, 10 + x0, 1e-5);
  EXPECT_EQ(kept[0].score, .6f);
  EXPECT_NEAR(kept[1].box.x0, 2, 1e-6);
}

TEST(Nms, EqualScoresStayInTheOrderGiven) {
  std::vector<ScoredBox> boxes;
  for (int i = 0; i < 50; ++i)
    boxes.push_back({{20.f * i, 0, 20.f * i + 10, 10}, i % 2 == 0 ? .5f : .7f, i % 3});
  const auto kept = nms(boxes, detect_options(0, .5));
  ASSERT_EQ(kept.size(), boxes.size());
  for (int i = 0; i < 50; ++i) EXPECT_EQ(kept[i].box, boxes[i < 25 ? 2 * i + 1 : 2 * (i - 25)].box);
  boxes[1].box = boxes[3].box;  // one place, one score, one label: the first is it
  boxes[1].label = boxes[3].label;
  boxes[3].box.x1 += 1e-3f;
  EXPECT_EQ(nms(boxes, detect_options(0, .5))[0].box, boxes[1].box);
}

// Boxes are half-open. Where sides are counted as x1 - x0 + 1, as for boxes that include their last
// pixel, two neighbours of 1 pixel overlap and small boxes are judged wrongly.
TEST(Nms, BoxesAreHalfOpen) {
  const Box pixel{0, 0, 1, 1}, next{1, 0, 2, 1}, shifted{0.5, 0, 1.5, 1};
  EXPECT_EQ(iou(pixel, pixel), 1);
  EXPECT_EQ(iou(pixel, next), 0);
  const auto naive = [](const Box& a, const Box& b) {
    const auto side = [](float from, float to) { return std::max(0.f, to - from + 1); };
    const float both = side(std::max(a.x0, b.x0), std::min(a.x1, b.x1)) *
                       side(std::max(a.y0, b.y0), std::min(a.y1, b.y1));
    return both /
           (side(a.x0, a.x1) * side(a.y0, a.y1) + side(b.x0, b.x1) * side(b.y0, b.y1) - both);
  };
  EXPECT_GT(naive(pixel, next), .3);
  EXPECT_GT(naive(pixel, shifted), .5);  // and not a third
  const std::vector<ScoredBox> boxes = {{pixel, .9f, 0}, {next, .8f, 0}, {shifted, .7f, 0}};
  EXPECT_EQ(nms(boxes, detect_options(0, .3)).size(), 2u);
  EXPECT_EQ(nms(boxes, detect_options(0, .4)).size(), 3u);
}

TEST(Nms, TakesHostileInput) {
  const std::vector<ScoredBox> boxes = {{{0, 0, 10, 10}, kNotANumber, 0},
                                        {{0, 0, kNotANumber, 10}, .9f, 0},
                                        {{-kInfinite, 0, kInfinite, 10}, .9f, 0},
                                        {{0, 0, 10, 10}, kInfinite, -5},
                                        {{10, 10, 0, 0}, .8f, 1 << 30},
                                        {{-1e30f, -1e30f, 1e30f, 1e30f}, .7f, 0},
                                        {{0, 0, 10, 10}, .6f, 0}};
  EXPECT_EQ(places(nms(boxes, detect_options(0, 0)), boxes), (std::vector{3, 4, 5, 6}));
}

TEST(Nms, EqualsThePlainDefinition) {
  for (int trial = 0; trial < 20; ++trial) {
    Random random(5, 0, trial);
    std::vector<ScoredBox> boxes;
    for (int i = 0; i < 300; ++i) {
      const auto x = static_cast<float>(random.uniform(0, 100));
      const auto y = static_cast<float>(random.uniform(0, 100));
      boxes.push_back({{x, y, x + static_cast<float>(random.uniform(1, 30)),
                        y + static_cast<float>(random.uniform(1, 30))},
                       static_cast<float>(random.below(40)) / 40,
                       static_cast<int>(random.below(3))});
    }
    const NmsOptions options = detect_options(.2, .4, 1000);
    std::vector<ScoredBox> sorted = boxes, expected;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const ScoredBox& a, const ScoredBox& b) { return a.score > b.score; });
    for (const ScoredBox& box : sorted) {
      bool stays = box.score >= .2f;
      for (const ScoredBox& better : expected)
        stays = stays && !(better.label == box.label && iou(better.box, box.box) > .4f);
      if (stays) expected.push_back(box);
    }
    const auto found = nms(boxes, options);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(found[i].box, expected[i].box);
  }
}

float logit(float p) {
  return std::log(p / (1 - p));
}

struct Level {
  Level(int anchors, int classes, int stride, int width, int height)
      : plane(static_cast<size_t>(width) * height),
        logits(anchors * classes * plane, -20),
        deltas(anchors * 4 * plane, 0),
        level{stride, width, height, nullptr, nullptr} {}
  DenseLevel said() {
    level.logits = logits.data();
    level.deltas = deltas.data();
    return level;
  }
  size_t plane;
  std::vector<float> logits, deltas;
  DenseLevel level;
};

TEST(DecodeDense, PutsChannelsAndCellsTogether) {
  // 2 anchors, 3 classes, 4 × 2 cells.
  Level level(2, 3, 8, 4, 2);
  const AnchorOptions anchors = anchors_of({1, 2}, {1});
  level.logits[(1 * 3 + 2) * 8 + 1 * 4 + 2] = logit(.75f);  // anchor 1, class 2, cell (2, 1)
  level.logits[0 * 8 + 0] = logit(.5f);                     // anchor 0, class 0, cell (0, 0)
  for (const int i : {0, 1, 2, 3})
    level.deltas[(1 * 4 + i) * 8 + 1 * 4 + 2] = i == 0 ? -.25f : i == 3 ? std::log(.5f) : 0;
  const auto boxes = decode_dense(anchors, 3, {level.said()}, 32, 16, detect_options(.3, .5));
  ASSERT_EQ(boxes.size(), 2u);
  // Its anchor is 12 … 28 × 4 … 20: 4 to the left, half as high.
  expect_near(boxes[0].box, {8, 8, 24, 16});
  EXPECT_NEAR(boxes[0].score, .75, 1e-6);
  EXPECT_EQ(boxes[0].label, 2);
  expect_near(boxes[1].box, {0, 0, 8, 8});
  EXPECT_EQ(boxes[1].label, 0);
}

TEST(DecodeDense, ClipsToTheImageAndDropsWhatLiesInThePadding) {
  Level level(1, 1, 8, 4, 4);
  for (float& value : level.logits) value = 2;
  const auto boxes =
      decode_dense(anchors_of({2}, {1}), 1, {level.said()}, 12, 10, detect_options(.05, .5));
  // Anchors of 16 about 4, 12, 20, 28: those of 28 begin at 20, beyond the image; so do those of 20
  // at 12, for its right edge is at 12, and below at 12 > 10.
  ASSERT_EQ(boxes.size(), 4u);
  for (const ScoredBox& box : boxes) {
    EXPECT_GE(box.box.x0, 0);
    EXPECT_GE(box.box.y0, 0);
    EXPECT_LE(box.box.x1, 12);
    EXPECT_LE(box.box.y1, 10);
  }
  expect_near(boxes[0].box, {0, 0, 12, 10});
}

TEST(DecodeDense, KeepsTheBestOfEachLevel) {
  Level fine(1, 1, 4, 20, 20), coarse(1, 1, 8, 10, 10);
  for (size_t i = 0; i < fine.logits.size(); ++i)
    fine.logits[i] = static_cast<float>(i * 7 % 400) / 100;  // each value once
  for (float& value : coarse.logits) value = 1;              // all equal: the first stay
  NmsOptions options = detect_options(.05, .5);
  options.candidates = 5;
  const auto boxes =
      decode_dense(anchors_of({1}, {1}), 1, {fine.said(), coarse.said()}, 80, 80, options);
  ASSERT_EQ(boxes.size(), 10u);
  for (int i = 0; i < 5; ++i) {
    EXPECT_NEAR(logit(boxes[i].score), (399 - i) / 100.f, 1e-3);
    expect_near(boxes[5 + i].box, {8.f * i, 0, 8.f * i + 8, 8});
  }
}

TEST(DecodeDense, TheScoreDecidesNotTheLogit) {
  Level level(1, 1, 4, 10, 10);
  for (const float score : {.05f, .3f, .5f, .9f}) {
    for (size_t i = 0; i < level.logits.size(); ++i)
      level.logits[i] = logit(score) + (static_cast<float>(i) - 50) * 1e-6f;
    size_t expected = 0;
    for (const float value : level.logits) expected += 1 / (1 + std::exp(-value)) >= score ? 1 : 0;
    EXPECT_EQ(
        decode_dense(anchors_of({1}, {1}), 1, {level.said()}, 40, 40, detect_options(score, .5))
            .size(),
        expected);
  }
  level.logits[7] = 40;
  EXPECT_EQ(
      decode_dense(anchors_of({1}, {1}), 1, {level.said()}, 40, 40, detect_options(1, .5)).size(),
      1u);
  EXPECT_EQ(
      decode_dense(anchors_of({1}, {1}), 1, {level.said()}, 40, 40, detect_options(0, .5)).size(),
      100u);
}

TEST(DecodeDense, TakesHostileInput) {
  Level level(2, 1, 8, 3, 3);
  for (size_t i = 0; i < level.logits.size(); ++i) level.logits[i] = i % 2 == 0 ? kNotANumber : 3;
  level.logits[1] = kInfinite;
  for (size_t i = 0; i < level.deltas.size(); i += 5)
    level.deltas[i] = i % 2 ? kNotANumber : -kInfinite;
  const auto boxes =
      decode_dense(anchors_of({1, 2}, {1}), 1, {level.said()}, 24, 24, detect_options(0, .5));
  for (const ScoredBox& box : boxes) {
    EXPECT_TRUE(box.box.area() > 0 && box.box.area() <= 24 * 24);
    EXPECT_TRUE(box.score >= 0 && box.score <= 1);
  }
  EXPECT_TRUE(decode_dense({}, 1, {}, 24, 24, {}).empty());
  EXPECT_TRUE(decode_dense({}, 1, {{8, 0, 0, nullptr, nullptr}}, 24, 24, {}).empty());
  EXPECT_TRUE(decode_dense({}, 0, {level.said()}, 24, 24, {}).empty());
  EXPECT_TRUE(decode_dense(anchors_of({1, 2}, {1}), 1, {level.said()}, 0, 0, {}).empty());
}

TEST(DecodeRegions, GivesEachClassThatIsProbableEnough) {
  const float rois[] = {0, 8,  8,  16, 24, 0, -4,          0, 12, 8,
                        0, 30, 30, 50, 50, 0, kNotANumber, 0, 8,  8};
  float deltas[16] = {};
  deltas[2] = std::log(2.f);
  const float p[] = {.9f, .1f, .4f, .6f, .9f, .9f, .9f, .9f};
  const auto boxes = decode_regions({4, 2, rois, deltas, p}, 28, 28, detect_options(.5, .5));
  ASSERT_EQ(boxes.size(), 2u) << "outside of the image, and of no size";
  EXPECT_EQ(boxes[0].box, (Box{4, 8, 20, 24})) << "twice as wide as its region";
  EXPECT_EQ(boxes[0].label, 0);
  EXPECT_EQ(boxes[0].score, .9f);
  EXPECT_EQ(boxes[1].box, (Box{0, 0, 12, 8})) << "clipped";
  EXPECT_EQ(boxes[1].label, 1);
  EXPECT_TRUE(decode_regions({}, 28, 28, {}).empty());
}

}  // namespace
}  // namespace paucal::edge
