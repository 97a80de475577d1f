#include "data/feed/pair_views.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/encode.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;

constexpr int kPairSide = 64;

// Smooth pictures, so that a place that is a fraction of a pixel off is still much the same.
class PairViewsTest : public testing::Test {
 protected:
  void SetUp() override {
    dataset_.root = fs::temp_directory_path() / fmt::format("paucal_pairs_{}", ::getpid());
    for (int i = 0; i < 6; ++i) {
      edge::Image image(90 + i, 80, 1);
      for (int y = 0; y < image.height; ++y)
        for (int x = 0; x < image.width; ++x)
          image.at(x, y) = static_cast<uint8_t>(128 + 50 * std::sin(x / (7. + i)) +
                                                50 * std::cos(y / (9. - i / 2.)));
      Record record;
      record.path = fmt::format("{}.png", i);
      write_file_atomic(dataset_.root / record.path, *edge::encode_png(image));
      dataset_.unlabelled.push_back(record);
      numbers_.push_back(i);
    }
    preprocess_.channels = 1;
    preprocess_.multiple = 32;
    preprocess_.normalise = edge::Normalise::kFixed;
    preprocess_.mean = {0};
    preprocess_.std = {1};
    options_.side = kPairSide;
    options_.places = 32;
    options_.augment.rotate = 180;
    options_.augment.brightness = options_.augment.contrast = options_.augment.gamma = 0;
    options_.augment.noise = options_.augment.blur = 0;
  }
  void TearDown() override { fs::remove_all(dataset_.root); }

  float value_at(const Batch& batch, int row, const float* place) const {
    const auto at =
        static_cast<size_t>((row * batch.height + static_cast<int>(place[1])) * batch.width +
                            static_cast<int>(place[0]));
    return batch.images[at];
  }

  Dataset dataset_;
  edge::PreprocessOptions preprocess_;
  PairViewOptions options_;
  std::vector<int> numbers_;
};

TEST_F(PairViewsTest, PairedPlacesShowTheSame) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const PairViews views(numbers_, cache, options_, preprocess_, 4, 1);
  double same = 0, other = 0;
  int count = 0;
  for (int64_t number = 0; number < 4; ++number) {
    const PairBatch batch = views.batch(number);
    ASSERT_EQ(batch.images(), 4);
    ASSERT_EQ(std::ssize(batch.same), 4 * 32);
    for (int i = 0; i < 4; ++i)
      for (int k = 0; k < 32; ++k, ++count) {
        const PlacePair& here = batch.same[static_cast<size_t>(32 * i + k)];
        const PlacePair& next = batch.same[static_cast<size_t>(32 * i + (k + 1) % 32)];
        const float first = value_at(batch.views, i, here.first);
        same += std::abs(first - value_at(batch.views, 4 + i, here.second));
        other += std::abs(first - value_at(batch.views, 4 + i, next.second));
      }
  }
  EXPECT_LT(same / count, .03);
  EXPECT_GT(other / count, .1);
}

TEST_F(PairViewsTest, DefectsLieInSecondViewsAlone) {
  options_.pasted = 1;
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const PairViews views(numbers_, cache, options_, preprocess_, 4, 1);
  const PairBatch batch = views.batch(0);
  const auto plane = static_cast<size_t>(batch.views.width) * batch.views.height;
  const auto masked = [&](int row, const float* place) {
    return batch.views.masks[row * plane + static_cast<size_t>(place[1]) * batch.views.width +
                             static_cast<size_t>(place[0])] > 0;
  };
  int defects = 0;
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(batch.views.pasted[static_cast<size_t>(i)], 0);
    for (int k = 0; k < 32; ++k)
      EXPECT_FALSE(masked(4 + i, batch.same[static_cast<size_t>(32 * i + k)].second));
    if (batch.is_defect[static_cast<size_t>(i)] == 0) continue;
    ++defects;
    for (int k = 0; k < views.defect_places(); ++k)
      EXPECT_TRUE(
          masked(4 + i, batch.defects[static_cast<size_t>(views.defect_places() * i + k)].second));
  }
  EXPECT_GE(defects, 3) << "one may fall outside";
}

TEST_F(PairViewsTest, ABatchHangsOnSeedAndNumberAlone) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24),
      none(dataset_, preprocess_, 1 << 20, 0);
  const PairViews views(numbers_, cache, options_, preprocess_, 4, 1);
  views.batch(0);
  const PairBatch again = PairViews(numbers_, none, options_, preprocess_, 4, 1).batch(3);
  const PairBatch batch = views.batch(3);
  EXPECT_EQ(batch.views.images, again.views.images);
  EXPECT_EQ(batch.same[5].second[0], again.same[5].second[0]);
  const PairBatch other = PairViews(numbers_, none, options_, preprocess_, 4, 2).batch(3);
  EXPECT_NE(batch.views.images, other.views.images);
}

TEST_F(PairViewsTest, ASecondNetworkReadsTheSameViewsInItsOwnWay) {
  edge::PreprocessOptions colour = preprocess_;
  colour.channels = 3;
  colour.mean = {.5};
  colour.std = {.5};
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const PairViews views(numbers_, cache, options_, preprocess_, 2, 1, colour);
  const PairBatch batch = views.batch(0);
  EXPECT_EQ(batch.other.count, batch.views.count);
  EXPECT_EQ(batch.other.channels, 3);
  EXPECT_NEAR(batch.other.images[0], 2 * batch.views.images[0] - 1, 1e-5);
}

TEST_F(PairViewsTest, ImagesSmallerThanAViewAreShownWhole) {
  options_.side = 500;
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  const PairBatch batch = PairViews(numbers_, cache, options_, preprocess_, 2, 1).batch(0);
  EXPECT_EQ(batch.views.height, 96) << "80 padded to a multiple of 32";
  for (const PlacePair& place : batch.same) {
    EXPECT_LT(place.second[1], 80);
    EXPECT_LT(place.first[1], 80);
  }
}

TEST_F(PairViewsTest, NothingFromNothing) {
  ImageCache cache(dataset_, preprocess_, 1 << 20, 1 << 24);
  EXPECT_THROW(PairViews({}, cache, options_, preprocess_, 2, 1), Error);
}

}  // namespace
}  // namespace paucal::data
