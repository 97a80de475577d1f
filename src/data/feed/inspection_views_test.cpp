#include "data/feed/inspection_views.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/threads.h"
#include "data/feed/ignore_file.h"
#include "data/feed/sample.h"
#include "edge/pre/encode.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;

class ViewsTest : public testing::Test {
 protected:
  void SetUp() override {
    dataset_.root = fs::temp_directory_path() / fmt::format("paucal_views_{}", ::getpid());
    dataset_.classes = {"NG", "OK"};
    dataset_.class_is_ok = {false, true};
    for (int i = 0; i < 12; ++i) {
      Record record;
      record.label = i < 4 ? 0 : 1;
      record.class_name = dataset_.classes[static_cast<size_t>(record.label)];
      record.path = fmt::format("{}/{}.png", record.class_name, i);
      record.split = i == 11 ? Split::kTest : Split::kTrain;
      edge::Image image(40 + i, 32, 1, static_cast<uint8_t>(20 * i));
      image.at(5, 5) = 255;
      write_file_atomic(dataset_.root / record.path, *edge::encode_png(image));
      dataset_.records.push_back(record);
    }
    preprocess_.channels = 1;
    preprocess_.local_contrast = {4};
  }
  void TearDown() override { fs::remove_all(dataset_.root); }

  Dataset dataset_;
  edge::PreprocessOptions preprocess_;
  ViewOptions options_;
};

TEST_F(ViewsTest, BatchHoldsTheSharesAskedFor) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  options_.ng = .375;
  options_.pasted = .25;
  const InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  for (int64_t number = 0; number < 10; ++number) {
    const Batch batch = views.batch(number);
    ASSERT_EQ(batch.count, 8);
    EXPECT_EQ(batch.channels, 2);
    EXPECT_EQ(std::ranges::count(batch.labels, 0), 3);
    EXPECT_EQ(std::ranges::count(batch.pasted, 1), 2);
    for (size_t i = 0; i < 8; ++i) {
      EXPECT_NE(batch.records[i], 11) << "a test image must never train";
      if (batch.pasted[i]) {
        EXPECT_EQ(batch.labels[i], 1) << "defects are pasted on OK images only";
      }
    }
  }
}

TEST_F(ViewsTest, PairsStandBesideEachOther) {
  for (size_t i = 0; i < 11; ++i)
    dataset_.records[i].group = std::string(1, static_cast<char>('a' + i % 4));
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  options_.ng = .25;
  options_.pasted = .25;
  options_.pairs = 1;
  const InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  for (int64_t number = 0; number < 10; ++number) {
    const Batch batch = views.batch(number);
    for (size_t i = 0; i < 2; ++i)
      EXPECT_EQ(batch.records[i] % 4, batch.records[4 + i] % 4) << "NG, then pasted, then OK";
    // Ranks draw what one process draws.
    std::vector<int64_t> shared;
    for (int rank = 0; rank < 2; ++rank) {
      const InspectionViews part(dataset_, cache, options_, preprocess_, 8, 1, {rank, 2});
      for (const auto record : part.batch(number).records) shared.push_back(record);
    }
    std::vector<int64_t> all(batch.records.begin(), batch.records.end());
    EXPECT_TRUE(std::ranges::is_permutation(shared, all));
  }
}

// Bright squares of NG images and of pasted ones stay the brightest; OK images lend their grey.
TEST_F(ViewsTest, MixUpKeepsWhatAnImageShows) {
  for (Record& record : dataset_.records) {
    edge::Image image(32, 32, 1, record.label == 0 ? 200 : 40);
    write_file_atomic(dataset_.root / record.path, *edge::encode_png(image));
  }
  preprocess_.local_contrast = {};
  preprocess_.normalise = edge::Normalise::kFixed;
  preprocess_.mean = {0};
  preprocess_.std = {1};
  options_.pasted = 0;
  options_.mixup = 1;
  options_.augment = {.brightness = 0, .contrast = 0, .gamma = 0, .noise = 0, .blur = 0};
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  const InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  std::set<float> ng;
  for (int64_t number = 0; number < 4; ++number) {
    const Batch batch = views.batch(number);
    for (size_t i = 0; i < 8; ++i) {
      const float value = batch.images[i * static_cast<size_t>(batch.width) * batch.height];
      if (batch.labels[i] == 1) {
        EXPECT_NEAR(value, 40 / 255., 1e-3);
      } else {
        EXPECT_GE(value, 119 / 255.) << "at least half its own";
        ng.insert(value);
      }
    }
  }
  EXPECT_GT(ng.size(), 5u);
}

TEST_F(ViewsTest, BatchesDoNotDependOnCacheOrThreads) {
  ImageCache none(dataset_, preprocess_, 1 << 20, 0), all(dataset_, preprocess_, 1 << 20, 1 << 30);
  const InspectionViews a(dataset_, none, options_, preprocess_, 8, 1);
  const InspectionViews b(dataset_, all, options_, preprocess_, 8, 1);
  std::vector<Batch> made(12);
  parallel_for(12, 4, [&](int64_t i) { made[static_cast<size_t>(i)] = b.batch(i); });
  for (int64_t i = 11; i >= 0; --i) {
    const Batch batch = a.batch(i);
    EXPECT_EQ(batch.images, made[static_cast<size_t>(i)].images);
    EXPECT_EQ(batch.masks, made[static_cast<size_t>(i)].masks);
  }
}

// Each row of a batch by its place: its image, label, pasted mask and pixels.
using ByPlace = std::map<int64_t, std::tuple<int, int, std::vector<float>, std::vector<float>>>;

template <class Make>
ByPlace rows_by_place(int world, const Make& make) {
  ByPlace rows;
  for (int rank = 0; rank < world; ++rank) {
    const Batch batch = make(Share{rank, world});
    for (int i = 0; i < batch.count; ++i) {
      const auto row = static_cast<size_t>(i);
      const auto part = [&](const std::vector<float>& of, int channels) {
        const auto size = static_cast<ptrdiff_t>(batch.width) * batch.height * channels;
        return std::vector<float>(of.begin() + i * size, of.begin() + (i + 1) * size);
      };
      rows[batch.places[row]] = {batch.records[row], batch.pasted[row],
                                 part(batch.images, batch.channels), part(batch.masks, 1)};
    }
  }
  return rows;
}

// Processes that share a batch see together, byte for byte, what one process sees.
TEST_F(ViewsTest, SharesAreTheRowsOfTheWholeBatch) {
  preprocess_.fit = edge::Fit::kSquash;
  preprocess_.width = preprocess_.height = 32;
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 30);
  for (const int64_t number : {0, 7}) {
    const auto inspection = [&](Share share) {
      return InspectionViews(dataset_, cache, options_, preprocess_, 8, 1, share).batch(number);
    };
    const auto classification = [&](Share share) {
      return ClassificationViews(dataset_, cache, options_.augment, preprocess_, 8, 1, share)
          .batch(number);
    };
    for (const int world : {2, 3}) {
      EXPECT_EQ(rows_by_place(world, inspection), rows_by_place(1, inspection)) << world;
      EXPECT_EQ(rows_by_place(world, classification), rows_by_place(1, classification)) << world;
    }
    EXPECT_EQ(rows_by_place(1, inspection).size(), 8u);
    EXPECT_EQ(rows_by_place(1, inspection).begin()->first, 8 * number);
  }
}

// Large images: 200 × 120 pixels in tiles of 32. The views move nothing, so that places can be
// told.
class TiledViewsTest : public ViewsTest {
 protected:
  void SetUp() override {
    ViewsTest::SetUp();
    for (const Record& record : dataset_.records) {
      edge::Image image(200, 120, 1, 90);
      for (int y = 0; y < 120; ++y)
        for (int x = 0; x < 200; ++x) image.at(x, y) = static_cast<uint8_t>(60 + (x + 2 * y) % 60);
      if (record.label == 0)
        for (int y = 50; y < 56; ++y)
          for (int x = 150; x < 156; ++x) image.at(x, y) = 255;
      write_file_atomic(dataset_.root / record.path, *edge::encode_png(image));
    }
    preprocess_.local_contrast.clear();
    preprocess_.tile = 32;
    preprocess_.tile_overlap = 16;
    InspectionAugmentOptions& augment = options_.augment;
    augment.flip_x = augment.flip_y = false;
    augment.rotate = augment.scale = augment.translate = augment.noise = augment.blur = 0;
    augment.brightness = augment.contrast = augment.gamma = 0;
  }

  // The brightest pixel of an NG image is its defect's.
  static bool shows_defect(const Batch& batch, size_t i) {
    const auto pixels = static_cast<std::ptrdiff_t>(batch.width) * batch.height;
    const auto first = batch.images.begin() + static_cast<std::ptrdiff_t>(i) * pixels;
    return *std::max_element(first, first + pixels) > 5;
  }
};

TEST_F(TiledViewsTest, NgImagesAreShownWhereTheirDefectsAre) {
  const edge::Box box{150, 50, 156, 56};
  dataset_.records[0].given = {{.box = box, .class_name = "NG"}};
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  std::vector<std::vector<Place>> places(dataset_.records.size());
  for (size_t i : {1u, 2u}) places[i] = {{153, 53}};
  views.show(places);
  int boxed = 0, shown = 0, unknown = 0;
  for (int64_t number = 0; number < 20; ++number) {
    const Batch batch = views.batch(number);
    ASSERT_EQ(batch.width, 32);
    ASSERT_EQ(batch.height, 32);
    for (size_t i = 0; i < static_cast<size_t>(batch.count); ++i) {
      const int record = batch.records[i];
      ASSERT_NE(record, 3) << "nobody knows where its defect is";
      unknown += batch.pasted[i] && i < 3;
      if (record > 2) continue;
      EXPECT_TRUE(shows_defect(batch, i));
      EXPECT_FALSE(batch.pasted[i]);
      (record == 0 ? boxed : shown) += 1;
      if (record != 0) continue;
      ASSERT_EQ(batch.targets[i].size(), 1u);
      const edge::Box back = batch.geometries[i].to_original(batch.targets[i][0].box);
      EXPECT_LE(box.x0, back.x0);
      EXPECT_GE(box.x1, back.x1);
    }
  }
  EXPECT_GT(boxed, 5);
  EXPECT_GT(shown, 10);
  EXPECT_GT(unknown, 5) << "a pasted defect stands in";
}

TEST_F(TiledViewsTest, UntilPlacesAreKnownPastedDefectsStandIn) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  const Batch batch = views.batch(0);
  EXPECT_EQ(std::ranges::count(batch.labels, 1), 8);
  EXPECT_EQ(std::ranges::count(batch.pasted, 1), 5);
}

// Trap: a tile whose contrast is measured on itself looks other than the network sees it later.
TEST_F(TiledViewsTest, TilesKeepTheContrastOfTheirImage) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const auto fitted = cache.get(8);
  ASSERT_TRUE(fitted->of_whole.has_value());
  const edge::Fitted part = edge::cut_out(*fitted, {64, 32, 32, 32});
  const Sample tile = to_sample(part.image, edge::Geometry(32, 32), preprocess_, part.of_whole);
  std::vector<float> whole(200 * 120);
  edge::normalise_to(fitted->image, preprocess_, 200, 120, whole.data());
  for (int y = 0; y < 32; ++y)
    for (int x = 0; x < 32; ++x)
      EXPECT_FLOAT_EQ(tile.image[static_cast<size_t>(y * 32 + x)],
                      whole[static_cast<size_t>((y + 32) * 200 + x + 64)]);
}

// The light of a view is that of the whole image: it is measured, and taken away again.
TEST_F(TiledViewsTest, LightIsTakenFromTheWholeImage) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  options_.pasted = 0;
  const auto levels = [&] {
    const Batch batch = InspectionViews(dataset_, cache, options_, preprocess_, 8, 1).batch(0);
    double sum = 0;
    for (const float value : batch.images) sum += value;
    return sum / static_cast<double>(batch.images.size());
  };
  dataset_.records[0].given = {{.box = {150, 50, 156, 56}, .class_name = "NG"}};
  const double plain = levels();
  options_.augment.brightness = .3;
  options_.augment.contrast = .3;
  EXPECT_NEAR(levels(), plain, .1);
}

TEST(Window, ShowsThePlaceAndStaysInside) {
  const edge::Image image(200, 40, 1);
  edge::PreprocessOptions options;
  options.tile = 64;
  std::set<int> starts;
  Random random(3);
  for (int i = 0; i < 300; ++i)
    for (const Place place : {Place{0, 0}, {199.9f, 39.9f}, {100, 20}, {5, 39}}) {
      const edge::Tile tile = draw_window(image, options, place, random);
      EXPECT_EQ(tile.width, 64);
      EXPECT_EQ(tile.height, 40);
      EXPECT_GE(tile.x, 0);
      EXPECT_LE(tile.x + tile.width, 200);
      EXPECT_LE(static_cast<float>(tile.x), place[0]);
      EXPECT_GT(static_cast<float>(tile.x + tile.width), place[0]);
      if (place[0] == 100) {
        starts.insert(tile.x);
        EXPECT_GE(place[0] - static_cast<float>(tile.x), 8) << "not at the border";
        EXPECT_LE(place[0] - static_cast<float>(tile.x), 56) << "not at the border";
      }
    }
  EXPECT_GT(starts.size(), 40u);
  options.tile = 0;
  EXPECT_EQ(draw_window(image, options, Place{1, 1}, random).width, 200);
}

TEST_F(ViewsTest, SaysWhatIsMissing) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  options_.ng = .8;
  options_.pasted = .8;
  EXPECT_THROW(InspectionViews(dataset_, cache, options_, preprocess_, 8, 1), Error);
  dataset_.class_is_ok = {false, false};
  EXPECT_THROW(InspectionViews(dataset_, cache, {}, preprocess_, 8, 1), Error);
}

TEST_F(ViewsTest, UndecodableImagesAreNamed) {
  const std::string whole = read_text(dataset_.root / "OK/7.png");
  write_text_atomic(dataset_.root / "OK/7.png", whole.substr(0, whole.size() / 2));
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  const auto broken = undecodable(dataset_, cache);
  ASSERT_EQ(broken.size(), 1u);
  EXPECT_EQ(broken[0].first, 7);
  EXPECT_EQ(broken[0].second.path, "OK/7.png");
  EXPECT_EQ(broken[0].second.kind, "truncated");
}

TEST_F(ViewsTest, ImagesThatDoNotFitTheRegionAreNamed) {
  preprocess_.roi = {0, 0, 42, 32};  // images are 40 to 51 wide
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  EXPECT_EQ(cache.get(2)->image.width, 42);
  const auto broken = undecodable(dataset_, cache);
  ASSERT_EQ(broken.size(), 2u);
  EXPECT_EQ(broken[0].second.kind, "other-size");
  EXPECT_EQ(broken[0].second.message,
            "'NG/0.png': 40 × 32 pixels, expected at least 42 × 32: input.roi is 0,0,42,32");
}

// The left half is hidden, whatever the view shows of it.
TEST_F(ViewsTest, NothingIsPastedOnHiddenPlaces) {
  for (Record& record : dataset_.records)
    write_file_atomic(dataset_.root / record.path, *edge::encode_png(edge::Image(64, 64, 1, 90)));
  edge::Image mask(64, 64, 1);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 32; ++x) mask.at(x, y) = 255;
  write_file_atomic(dataset_.root / "mask.png", *edge::encode_png(mask));
  preprocess_.ignore = (dataset_.root / "mask.png").string();
  load_ignored(preprocess_);
  options_.ng = 0;
  options_.pasted = 1;
  options_.augment = {.flip_x = false,
                      .flip_y = false,
                      .rotate = 0,
                      .scale = 0,
                      .translate = 0,
                      .noise = 0,
                      .blur = 0};
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 20);
  const InspectionViews views(dataset_, cache, options_, preprocess_, 8, 1);
  int64_t pasted = 0;
  for (int64_t number = 0; number < 10; ++number) {
    const Batch batch = views.batch(number);
    for (size_t i = 0; i < batch.masks.size(); ++i)
      if (batch.masks[i] > 0) {
        ++pasted;
        EXPECT_GE(i % static_cast<size_t>(batch.width), 32u);
      }
  }
  EXPECT_GT(pasted, 0);
}

}  // namespace
}  // namespace paucal::data
