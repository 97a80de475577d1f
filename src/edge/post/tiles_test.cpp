#include "edge/post/tiles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/error.h"
#include "edge/post/test_card.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

constexpr int kStride = 4;
constexpr float kBright = .5f;

ModelCard inspection() {
  ModelCard card = grey_inspection();
  card.input.width = card.input.height = 4096;
  card.input.multiple = 16;
  card.input.normalise = Normalise::kFixed;
  card.input.mean = {0};
  card.input.std = {1};
  card.calibration.threshold = 0;
  return card;
}

// Each cell says how bright its pixels are.
Planes mean_map(const Planes& canvas) {
  Planes map{1, canvas.height / kStride, canvas.width / kStride, {}};
  map.values.resize(map.plane());
  for (int y = 0; y < canvas.height; ++y)
    for (int x = 0; x < canvas.width; ++x)
      map.values[static_cast<size_t>(y / kStride) * map.width + x / kStride] +=
          canvas.values[static_cast<size_t>(y) * canvas.width + x] / (kStride * kStride);
  return map;
}

Result<NetworkOutput> brightness(const Planes& canvas) {
  return NetworkOutput{mean_map(canvas)};
}

// A perfect detector of bright regions, whose boxes sit on the cell in their middle.
Result<NetworkOutput> detector(const Planes& canvas) {
  NetworkOutput output{mean_map(canvas)};
  Planes& logits =
      output.logits.emplace_back(Planes{1, canvas.height / kStride, canvas.width / kStride, {}});
  logits.values.assign(logits.plane(), -20);
  Planes& deltas = output.deltas.emplace_back(Planes{4, logits.height, logits.width, {}});
  deltas.values.resize(4 * deltas.plane());
  Map pixels(canvas.width, canvas.height);
  std::copy_n(canvas.values.begin(), pixels.values.size(), pixels.values.begin());
  const auto anchors = make_anchors({}, kStride, logits.width, logits.height);
  for (const Component& c : find_components(pixels, kBright, kBright)) {
    const auto x = static_cast<size_t>((c.box.x0 + c.box.x1) / 2) / kStride;
    const auto y = static_cast<size_t>((c.box.y0 + c.box.y1) / 2) / kStride;
    const size_t cell = y * static_cast<size_t>(logits.width) + x;
    const BoxDeltas code = encode_box(anchors[cell], c.box);
    logits.values[cell] = 5;
    for (size_t i = 0; i < 4; ++i) deltas.values[i * deltas.plane() + cell] = code[i];
  }
  return output;
}

Image with_rectangle(int width, int height, const Box& box) {
  Image image(width, height, 1, 20);
  for (int y = static_cast<int>(box.y0); y < static_cast<int>(box.y1); ++y)
    for (int x = static_cast<int>(box.x0); x < static_cast<int>(box.x1); ++x) image.at(x, y) = 250;
  return image;
}

PreprocessOptions in_tiles_of(PreprocessOptions input, int side, int overlap) {
  input.tile = side;
  input.tile_overlap = overlap;
  return input;
}

// Tiles of {side, overlap}.
Result<RawPrediction> tiled_raw(ModelCard card, const Image& image, std::array<int, 2> tile,
                                const Network& network) {
  card.input = in_tiles_of(card.input, tile[0], tile[1]);
  return predict_raw(card, fit_image(image, card.input), network);
}

TEST(Tiles, CoverEveryPixelAndBeginOnTheGrid) {
  for (const auto& [width, height] :
       {std::pair(64, 64), {65, 64}, {200, 77}, {129, 300}, {1, 1}, {640, 64}})
    for (const int overlap : {0, 16, 20, 32}) {
      std::vector<int> covered(static_cast<size_t>(width) * height);
      for (const Tile& tile : plan_tiles(width, height, in_tiles_of({}, 64, overlap))) {
        EXPECT_EQ(tile.x % 16, 0);
        EXPECT_EQ(tile.y % 16, 0);
        ASSERT_LE(tile.x + tile.width, width);
        ASSERT_LE(tile.y + tile.height, height);
        EXPECT_LE(std::max(tile.width, tile.height), 64);
        for (int y = tile.y; y < tile.y + tile.height; ++y)
          for (int x = tile.x; x < tile.x + tile.width; ++x)
            ++covered[static_cast<size_t>(y) * width + x];
      }
      EXPECT_EQ(std::ranges::count(covered, 0), 0) << width << " " << height << " " << overlap;
    }
  EXPECT_EQ(plan_tiles(64, 60, in_tiles_of({}, 64, 32)).size(), 1u);
}

TEST(Tiles, ASmallImageGoesThroughAsEver) {
  const ModelCard card = inspection();
  const Image image = with_rectangle(60, 50, {10, 10, 30, 20});
  const auto tiled = tiled_raw(card, image, {64, 16}, brightness);
  const auto plain = predict_raw(card, fit_image(image, card.input), brightness);
  ASSERT_TRUE(tiled.ok() && plain.ok());
  EXPECT_EQ(tiled->maps[0].values, plain->maps[0].values);
  EXPECT_EQ(tiled->scores, plain->scores);
}

TEST(Tiles, MapsHaveNoSeams) {
  const ModelCard card = inspection();
  Image image(211, 150, 1);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  const auto tiled = tiled_raw(card, image, {64, 16}, brightness);
  const auto whole = predict_raw(card, fit_image(image, card.input), brightness);
  ASSERT_TRUE(tiled.ok() && whole.ok());
  ASSERT_EQ(tiled->maps[0].width, whole->maps[0].width);
  EXPECT_EQ(tiled->maps[0].values, whole->maps[0].values);
  EXPECT_EQ(tiled->geometry.matrix(), whole->geometry.matrix());
}

TEST(Tiles, AnObjectAcrossSeamsIsOneBox) {
  ModelCard card = inspection();
  card.detector.emplace();
  card.detector->strides = {kStride};
  for (const Box& box : {Box{40, 20, 60, 34},     // in the overlap of two tiles
                         Box{20, 100, 190, 112},  // through three tiles
                         Box{30, 30, 70, 170},    // over corners
                         Box{5, 5, 12, 9},        // within one
                         Box{44, 44, 68, 68}}) {
    const Image image = with_rectangle(211, 190, box);
    const auto tiled = tiled_raw(card, image, {64, 16}, detector);
    ASSERT_TRUE(tiled.ok()) << tiled.failure().message;
    ASSERT_EQ(tiled->boxes.size(), 1u) << box.x0 << " " << box.y0;
    const Box& found = tiled->boxes[0].box;
    for (const auto& [a, b] :
         {std::pair(found.x0, box.x0), {found.y0, box.y0}, {found.x1, box.x1}, {found.y1, box.y1}})
      EXPECT_NEAR(a, b, 1);
  }
}

TEST(Tiles, NeighboursThatNoBorderCutsStayApart) {
  ModelCard card = inspection();
  card.detector.emplace();
  card.detector->strides = {kStride};
  Image image = with_rectangle(211, 100, {8, 8, 20, 20});
  for (int y = 8; y < 20; ++y)
    for (int x = 24; x < 36; ++x) image.at(x, y) = 250;
  EXPECT_EQ(tiled_raw(card, image, {64, 16}, detector)->boxes.size(), 2u);
}

// Trap: contrast that each tile measures on itself makes a defect of the noise of a flat tile.
TEST(Tiles, AFlatTileStaysFlat) {
  ModelCard card = inspection();
  card.input.normalise = Normalise::kImage;
  card.input.local_contrast = {5};
  Image image(256, 64, 1, 100);
  for (int x = 192; x < 256; ++x)
    for (int y = 0; y < 64; ++y) image.at(x, y) = x % 8 < 4 ? 250 : 0;
  image.at(20, 20) = 104;  // a speck of dust
  std::vector<float> peaks;
  const Network largest = [&](const Planes& canvas) {
    const auto [low, high] = std::ranges::minmax_element(canvas.values);
    peaks.push_back(*high - *low);
    return brightness(canvas);
  };
  ASSERT_TRUE(tiled_raw(card, image, {64, 0}, largest).ok());
  ASSERT_EQ(peaks.size(), 4u);
  EXPECT_LT(peaks[0], .7f);
  peaks.clear();
  Image first(64, 64, 1, 100);
  first.at(20, 20) = 104;
  ASSERT_TRUE(predict_raw(card, fit_image(first, card.input), largest).ok());
  EXPECT_GT(peaks[0], 1) << "naive";
}

TEST(Tiles, TheNetworkNeverSeesMoreThanATile) {
  const ModelCard card = inspection();
  const Box defect{8000, 1900, 8012, 1910};
  int64_t most = 0;
  int count = 0;
  const auto tiled =
      tiled_raw(card, with_rectangle(8192, 2048, defect), {512, 64}, [&](const Planes& canvas) {
        most = std::max<int64_t>(most, canvas.values.size());
        ++count;
        return brightness(canvas);
      });
  ASSERT_TRUE(tiled.ok());
  EXPECT_EQ(most, 512 * 512);
  EXPECT_EQ(count, 19 * 5);
  const Map& map = tiled->maps[0];
  EXPECT_EQ(map.width, 2048);
  EXPECT_GT(map.at(2001, 476), .9f);
  EXPECT_LT(map.at(2001, 400), .1f);
}

TEST(Tiles, RefusesWhatDoesNotFit) {
  ModelCard card = inspection();
  const auto message = [&](std::array<int, 2> tile) {
    const auto result = tiled_raw(card, Image(200, 200, 1), tile, brightness);
    return result.ok() ? "" : result.failure().message;
  };
  EXPECT_EQ(message({64, 16}), "");
  EXPECT_THAT(message({70, 16}), HasSubstr("tiles of 70 px, expected a multiple of 16"));
  EXPECT_THAT(message({64, 40}), HasSubstr("overlap by 40, expected an overlap of at most 32"));
  EXPECT_FALSE(tiled_raw(card, Image(), {64, 0}, brightness).ok());
  card.input.fit = Fit::kSquash;
  EXPECT_THAT(message({64, 16}), HasSubstr("input.fit = squash, expected native"));
}

TEST(Tiles, RefusesCellsThatAreNoWholePixels) {
  ModelCard card = grey_inspection();
  card.input.multiple = 8;
  card.input.tile = 24;
  card.input.tile_overlap = 8;
  const Network network = [](const Planes& canvas) -> Result<NetworkOutput> {
    return NetworkOutput{{1, canvas.height * 2 / 3, canvas.width * 2 / 3,
                          std::vector<float>(canvas.plane() * 4 / 9, 1)}};
  };
  EXPECT_THAT(predict_raw(card, fit_image(Image(48, 48, 1), card.input), network).failure().message,
              HasSubstr("a network of stride 1.5 × 1.5"));
}

TEST(Tiles, RefusesMoreThanAMillion) {
  ModelCard card = grey_inspection();
  card.input.multiple = card.input.tile = 1;
  card.input.tile_overlap = 0;
  const Network network = [](const Planes&) -> Result<NetworkOutput> {
    return failure("test", "expected no call");
  };
  EXPECT_THAT(
      predict_raw(card, fit_image(Image(1025, 1025, 1), card.input), network).failure().message,
      HasSubstr("in tiles every 1, expected at most"));
}

}  // namespace
}  // namespace paucal::edge
