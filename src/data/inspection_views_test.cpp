#include "data/inspection_views.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/threads.h"
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
      write_file_atomic(dataset_.root / record.path, edge::encode_png(image));
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

}  // namespace
}  // namespace paucal::data
