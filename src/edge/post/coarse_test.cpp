#include "edge/post/coarse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <set>
#include <utility>

#include "base/error.h"
#include "edge/post/test_card.h"

namespace paucal::edge {
namespace {

constexpr int kTile = 64;

// The network finds what is brighter than middle grey: heat is brightness at stride 4.
ModelCard coarse_inspection(int shrink, double bound) {
  ModelCard card = grey_inspection();
  card.input.width = card.input.height = 4096;
  card.input.normalise = Normalise::kFixed;
  card.input.mean = {0.5};
  card.input.std = {0.0625};  // white is 8
  card.input.tile = kTile;
  card.input.tile_overlap = 16;
  card.top = 0;
  card.min_area = 1;
  card.calibration.ng = {1, 0};
  card.calibration.heat_low = -8;
  card.calibration.heat_high = 8;
  card.calibration.box_heat = card.calibration.box_peak = .75;  // logit 4
  card.coarse = CoarseLook{.shrink = shrink, .bound = bound};
  return card;
}

// Each cell is as hot as its brightest pixel.
Result<NetworkOutput> brightest(const Planes& canvas) {
  Planes map{1, canvas.height / 4, canvas.width / 4, {}};
  map.values.assign(map.plane(), -100);
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x) {
      float& cell = map.values[static_cast<size_t>(y / 4) * static_cast<size_t>(map.width) +
                               static_cast<size_t>(x / 4)];
      cell =
          std::max(cell, canvas.values[static_cast<size_t>(y) * static_cast<size_t>(canvas.width) +
                                       static_cast<size_t>(x)]);
    }
  return NetworkOutput{map};
}

Image sheet() {
  Image image(640, 256, 1);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(60 + (i * 2654435761u >> 16) % 20);
  return image;
}

void draw(Image& image, const Box& box, uint8_t value) {
  for (int y = static_cast<int>(box.y0); y < static_cast<int>(box.y1); ++y)
    for (int x = static_cast<int>(box.x0); x < static_cast<int>(box.x1); ++x)
      image.at(x, y) = value;
}

Result<RawPrediction> look(const ModelCard& card, const Image& image,
                           const Network& network = brightest) {
  return predict_raw(card, fit_image(image, card.input), network);
}

ModelCard in_full(ModelCard card) {
  card.input.coarse = Coarse::kOff;
  return card;
}

TEST(Coarse, EqualsTheFullLookWhereNothingIsLeftOut) {
  Image image = sheet();
  draw(image, {300, 100, 330, 104}, 250);
  for (const int shrink : {1, 2, 3, 4}) {
    const ModelCard card = coarse_inspection(shrink, -1e30);
    const auto coarse = look(card, image), full = look(in_full(card), image);
    ASSERT_TRUE(coarse.ok() && full.ok());
    EXPECT_EQ(coarse->seen, 1);
    EXPECT_EQ(coarse->maps[0].values, full->maps[0].values);
    EXPECT_EQ(coarse->scores, full->scores);
    EXPECT_EQ(coarse->geometry.matrix(), full->geometry.matrix());
  }
}

TEST(Coarse, AnOkImageCostsAFraction) {
  const ModelCard card = coarse_inspection(4, 0);
  int64_t pixels = 0;
  const Network counting = [&](const Planes& canvas) {
    pixels += static_cast<int64_t>(canvas.values.size());
    return brightest(canvas);
  };
  const auto coarse = look(card, sheet(), counting);
  ASSERT_TRUE(coarse.ok());
  const int64_t quick = std::exchange(pixels, 0);
  const auto full = look(in_full(card), sheet(), counting);
  EXPECT_LT(quick, pixels / 8);
  const size_t tiles = count_tiles(640, 256, card.input);
  EXPECT_DOUBLE_EQ(coarse->seen, 1. / static_cast<double>(tiles)) << "the hottest";
  const Prediction a = interpret(card, *coarse), b = interpret(card, *full);
  EXPECT_FALSE(a.ng);
  EXPECT_FALSE(b.ng);
  EXPECT_LE(a.probability, b.probability);
  EXPECT_EQ(coarse->maps[0].values.size(), full->maps[0].values.size());
  EXPECT_LT(std::ranges::max(coarse->maps[0].values), 0) << "every cell is filled";
}

// 2 × 2 pixels of 250 on 70 are 115 in a copy of 1/4: far below NG, yet above what is OK there.
TEST(Coarse, ADefectTooSmallForTheCopyIsFoundAboveTheBound) {
  const double bound = 16 * (79 / 255. - .5);
  const ModelCard card = coarse_inspection(4, bound);
  Image image = sheet();
  draw(image, {500, 200, 502, 202}, 250);
  const auto coarse = look(card, image), full = look(in_full(card), image);
  EXPECT_LT(coarse->seen, .5);
  EXPECT_EQ(coarse->scores, full->scores);
  const Prediction a = interpret(card, *coarse), b = interpret(card, *full);
  EXPECT_TRUE(a.ng);
  ASSERT_EQ(a.boxes.size(), 1u);
  ASSERT_EQ(b.boxes.size(), 1u);
  EXPECT_EQ(a.boxes[0].box, b.boxes[0].box);
}

// Only its head is doubtful in the copy; the rest lies in tiles that nobody would look at.
TEST(Coarse, ADefectIsFollowedFromTileToTile) {
  const ModelCard card = coarse_inspection(2, 4);
  Image image = sheet();
  draw(image, {20, 130, 610, 131}, 230);  // a scratch one pixel wide: half of it is left in a copy
  draw(image, {300, 128, 304, 132}, 250);
  const auto coarse = look(card, image), full = look(in_full(card), image);
  EXPECT_LT(coarse->seen, 1);
  const Prediction a = interpret(card, *coarse), b = interpret(card, *full);
  ASSERT_EQ(a.boxes.size(), 1u);
  ASSERT_EQ(b.boxes.size(), 1u);
  EXPECT_EQ(a.boxes[0].box, b.boxes[0].box);
}

// What the copy alone has seen makes no box, however hot.
TEST(Coarse, TheCopyMakesNoBoxes) {
  const ModelCard card = coarse_inspection(1, 1e30);  // nothing is doubtful but the hottest
  Image image = sheet();
  draw(image, {20, 20, 30, 30}, 255);
  draw(image, {500, 200, 510, 210}, 250);
  const Prediction prediction = interpret(card, *look(card, image));
  EXPECT_TRUE(prediction.ng);
  ASSERT_EQ(prediction.boxes.size(), 1u);
  EXPECT_LT(prediction.boxes[0].box.x1, 64);
}

TEST(Coarse, ResultsDoNotDependOnThreads) {
  Image image = sheet();
  draw(image, {20, 130, 610, 134}, 250);
  for (const bool coarse : {true, false}) {
    const ModelCard card = coarse ? coarse_inspection(2, 2) : in_full(coarse_inspection(2, 2));
    const auto alone = look(card, image);
    Pool pool(3);
    std::mutex mutex;
    std::set<int> used;
    std::vector<Network> networks;
    for (int i = 0; i < pool.threads(); ++i)
      networks.emplace_back([&, i](const Planes& canvas) {
        const std::lock_guard lock(mutex);
        used.insert(i);
        return brightest(canvas);
      });
    const auto together = predict_raw(card, fit_image(image, card.input), Crew{pool, networks});
    ASSERT_TRUE(alone.ok() && together.ok());
    EXPECT_EQ(alone->maps[0].values, together->maps[0].values);
    EXPECT_EQ(alone->scores, together->scores);
    EXPECT_EQ(alone->seen, together->seen);
    EXPECT_FALSE(used.empty());
  }
}

TEST(Coarse, IsForImagesOfSeveralTilesWhereTheCardSaysSo) {
  const ModelCard card = coarse_inspection(2, 0);
  EXPECT_TRUE(looks_coarsely(card, Image(640, 256, 1)));
  EXPECT_FALSE(looks_coarsely(in_full(card), Image(640, 256, 1)));
  EXPECT_FALSE(looks_coarsely(card, Image(64, 64, 1)));
  EXPECT_FALSE(looks_coarsely(card, Image(100, 64, 1))) << "two tiles";
  ModelCard other = card;
  other.task = Task::kClassification;
  EXPECT_FALSE(looks_coarsely(other, Image(640, 256, 1))) << "the mean over all tiles";
  other = card;
  other.coarse.reset();
  EXPECT_FALSE(looks_coarsely(other, Image(640, 256, 1)));
}

TEST(Coarse, FailsAsTheNetworkDoes) {
  int calls = 0;
  const Network failing = [&](const Planes& canvas) -> Result<NetworkOutput> {
    if (++calls > 5) return failure("test", "expected no more calls");
    return brightest(canvas);
  };
  const auto raw = look(coarse_inspection(4, -1e30), sheet(), failing);
  ASSERT_FALSE(raw.ok());
  EXPECT_EQ(raw.failure().message, "expected no more calls");
}

TEST(Coarse, PeaksAreThoseOfAllCellsThatTouchATile) {
  Map map(4, 2, -1);
  map.at(1, 0) = 3;
  map.at(3, 1) = 5;
  const std::vector<Tile> tiles = {
      {0, 0, 64, 64}, {48, 0, 64, 64}, {64, 32, 64, 32}, {96, 0, 32, 32}};
  EXPECT_EQ(peaks_of(map, 32, 32, tiles), (std::vector<float>{3, 5, 5, -1}));
}

}  // namespace
}  // namespace paucal::edge
