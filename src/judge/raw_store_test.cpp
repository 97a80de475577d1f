#include "judge/raw_store.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/files.h"
#include "base/random.h"
#include "judge/test_scene.h"

namespace paucal::judge {
namespace {

RawPrediction random_raw(Random& random, int width, int height, size_t boxes) {
  RawPrediction raw;
  raw.scores = {random.uniform(-9, 9), random.uniform(-9, 9)};
  raw.maps.assign(2, edge::Map(width, height));
  for (edge::Map& map : raw.maps)
    for (float& value : map.values) value = static_cast<float>(random.uniform(-12, 12));
  raw.geometry = edge::Geometry(640, 480).resized(4 * width, 4 * height).resized(width, height);
  raw.stride_x = raw.stride_y = 4;
  for (size_t i = 0; i < boxes; ++i)
    raw.boxes.push_back({{1.25f, 2.5f, 10.1f, 20.7f}, .3f + static_cast<float>(i) / 10, 1});
  return raw;
}

class RawStoreTest : public testing::Test {
 protected:
  RawStoreTest() : scene_("raw") {
    for (int i = 0; i < 3; ++i) scene_.add(data::Split::kTest, 0, 0);
    file_ = scene_.dataset.root / "raw.bin";
    Random random(3);
    for (const auto& [width, height, boxes] : {std::tuple(5, 3, 0), {1, 1, 2}, {8, 6, 1}})
      written_.push_back(random_raw(random, width, height, static_cast<size_t>(boxes)));
    RawWriter writer(file_, written_.size(), identity());
    for (const RawPrediction& raw : written_) writer.add(raw);
    writer.commit();
  }
  std::string identity() const { return records_identity(scene_.dataset); }
  RawStore open(size_t channels = 2) const { return RawStore::open(file_, identity(), channels); }

  TestScene scene_;
  std::filesystem::path file_;
  std::vector<RawPrediction> written_;
};

TEST_F(RawStoreTest, ReadsWhatWasWritten) {
  const RawStore store = open();
  ASSERT_EQ(store.size(), 3u);
  for (size_t i = 0; i < written_.size(); ++i) {
    const RawPrediction read = store.source()(static_cast<int>(i));
    const RawPrediction& raw = written_[i];
    EXPECT_EQ(read.scores, raw.scores) << "exact, so that decisions are";
    EXPECT_EQ(read.geometry.matrix(), raw.geometry.matrix());
    EXPECT_EQ(read.geometry.original_width(), 640);
    EXPECT_EQ(read.geometry.width(), raw.geometry.width());
    EXPECT_EQ(read.stride_x, 4);
    ASSERT_EQ(read.boxes.size(), raw.boxes.size());
    for (size_t b = 0; b < raw.boxes.size(); ++b) {
      EXPECT_EQ(read.boxes[b].box, raw.boxes[b].box);
      EXPECT_EQ(read.boxes[b].score, raw.boxes[b].score);
      EXPECT_EQ(read.boxes[b].label, 1);
    }
    ASSERT_EQ(read.maps.size(), 2u);
    for (size_t c = 0; c < 2; ++c)
      for (size_t k = 0; k < raw.maps[c].values.size(); ++k)
        EXPECT_NEAR(read.maps[c].values[k], raw.maps[c].values[k],
                    std::abs(raw.maps[c].values[k]) * 0x1p-11 + 3e-8);
  }
}

TEST_F(RawStoreTest, BelongsToItsRecordsAndItsModel) {
  EXPECT_THROW(open(3), Error) << "channels";
  scene_.dataset.records[1].path = "other.png";
  EXPECT_THROW(open(), Error);
  EXPECT_THROW(RawStore::open(scene_.dataset.root / "none.bin", identity(), 2), Error);
}

TEST_F(RawStoreTest, RecordsBeyondTheEndAreRefused) {
  EXPECT_THROW(open().at(3), Error);
  EXPECT_THROW(open().at(-1), Error);
}

// Wherever a file is cut or a byte is changed: the same, another number, or an Error.
TEST_F(RawStoreTest, DamagedFilesAreReadOrRefused) {
  const Bytes good = value_or_throw(read_file(file_));
  const auto try_bytes = [&](const Bytes& bytes) {
    write_file_atomic(file_, bytes);
    try {
      const RawStore store = open();
      for (int i = 0; i < static_cast<int>(store.size()) && i < 3; ++i) store.at(i);
    } catch (const Error&) {
    }
  };
  for (size_t size = 0; size < good.size(); size += 7)
    try_bytes({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)});
  for (size_t at = 0; at < 56 + 3 * 8 + 120; ++at) {
    Bytes bad = good;
    bad[at] = 0xFF;
    try_bytes(bad);
  }
}

TEST_F(RawStoreTest, AWriterKeepsItsPromise) {
  RawWriter writer(scene_.dataset.root / "few.bin", 2, identity());
  writer.add(written_[0]);
  EXPECT_THROW(writer.commit(), Error) << "one of two";
  RawPrediction other = written_[0];
  other.scores.pop_back();
  EXPECT_THROW(writer.add(other), Error);
}

TEST_F(RawStoreTest, MapsAreTheNearestHalfFloats) {
  const std::vector<std::pair<float, float>> cases = {
      {0.f, 0.f},
      {-2.5f, -2.5f},
      {65504.f, 65504.f},
      {0x1p-14f, 0x1p-14f},
      {0x1p-24f, 0x1p-24f},
      {1023 * 0x1p-24f, 1023 * 0x1p-24f},
      {1 + 0x1p-11f, 1.f},  // a tie goes to the even one
      {1 + 3 * 0x1p-11f, 1 + 0x1p-9f},
      {1e9f, 65504.f},
      {-INFINITY, -65504.f},
  };
  constexpr int kHalves = 0x7C00;  // finite ones from 0 on
  RawPrediction raw = written_[0];
  raw.maps.assign(2, edge::Map(kHalves, 1));
  for (size_t i = 0; i < cases.size(); ++i) raw.maps[0].values[i] = cases[i].first;
  raw.maps[0].values.back() = NAN;
  for (int i = 0; i < kHalves; ++i)
    raw.maps[1].at(i, 0) = i < 1024
                               ? std::ldexp(static_cast<float>(i), -24)
                               : std::ldexp(1024.f + static_cast<float>(i % 1024), i / 1024 - 25);
  RawWriter writer(file_, 1, identity());
  writer.add(raw);
  writer.commit();
  const RawPrediction read = open().at(0);
  for (size_t i = 0; i < cases.size(); ++i)
    EXPECT_EQ(read.maps[0].values[i], cases[i].second) << cases[i].first;
  EXPECT_TRUE(std::isnan(read.maps[0].values.back()));
  EXPECT_EQ(read.maps[1].values, raw.maps[1].values);
}

}  // namespace
}  // namespace paucal::judge
