#include "train/visualdl.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "train/test_proto.h"

namespace paucal::train {
namespace {
namespace fs = std::filesystem;

class VisualdlTest : public testing::Test {
 protected:
  VisualdlTest() { fs::remove_all(folder_); }
  ~VisualdlTest() override { fs::remove_all(folder_); }

  // The values of all records.
  std::vector<test::Message> values() const {
    const std::string bytes = read_text(folder_ / "vdlrecords.log");
    std::vector<test::Message> found;
    for (size_t at = 0; at < bytes.size();) {
      uint64_t size = 0;
      std::memcpy(&size, bytes.data() + at, 8);
      found.push_back(test::parse(bytes.substr(at + 8, size)).message(1));
      at += 8 + size;
    }
    return found;
  }
  // The one record that `write` makes.
  template <class F>
  test::Message value_of(F write) {
    {
      VisualdlWriter writer(folder_);
      write(writer);
    }
    const std::vector<test::Message> all = values();
    EXPECT_EQ(all.size(), 2u);
    EXPECT_EQ(all.back().integer(1), 7);
    EXPECT_EQ(all.back().text(2), "group/tag");
    EXPECT_GT(all.back().integer(3), 1'600'000'000'000) << "milliseconds";
    return all.back();
  }

  fs::path folder_ = fs::path(testing::TempDir()) / "paucal_visualdl" / "new";
};

TEST_F(VisualdlTest, AFileBeginsWithItsMetaRecord) {
  const VisualdlWriter writer(folder_);
  EXPECT_EQ(writer.path().filename(), "vdlrecords.log");
  const std::vector<test::Message> all = values();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].text(2), "meta_data_tag");
  EXPECT_EQ(all[0].message(10).text(1), "");
}

TEST_F(VisualdlTest, Scalar) {
  const test::Message value = value_of([](VisualdlWriter& w) { w.scalar("group/tag", 7, 0.25); });
  EXPECT_EQ(std::bit_cast<float>(static_cast<uint32_t>(value.numbers.at(4)[0])), .25f);
}

TEST_F(VisualdlTest, Image) {
  const Picture picture{"x", 64, 48, {0x89, 'P', 'N', 'G', 0, 0xFF}};
  const test::Message value =
      value_of([&](VisualdlWriter& w) { w.image("group/tag", 7, picture); });
  EXPECT_EQ(value.message(5).text(4), std::string(picture.png.begin(), picture.png.end()));
}

TEST_F(VisualdlTest, Histogram) {
  const test::Message value = value_of([](VisualdlWriter& w) {
    w.histogram("group/none", 7, {});
    w.histogram("group/tag", 7, {{0, 1, 3}, {4, 5}});
  });
  EXPECT_EQ(test::numbers<double>(value.message(8).text(1)), (std::vector<double>{4, 5}));
  EXPECT_EQ(test::numbers<double>(value.message(8).text(2)), (std::vector<double>{0, 1, 3}));
}

TEST_F(VisualdlTest, PrCurve) {
  const PrCurve curve = pr_curve_of(std::vector<double>(300, .9), std::vector<uint8_t>(300, 1));
  const test::Message value =
      value_of([&](VisualdlWriter& w) { w.pr_curve("group/tag", 7, curve); }).message(9);
  const std::string& packed = value.text(1);
  size_t at = 0;
  for (size_t i = 0; i < PrCurve::kThresholds; ++i)
    EXPECT_EQ(test::read_varint(packed, at), i <= 90 ? 300u : 0u) << i;
  EXPECT_EQ(at, packed.size());
  EXPECT_EQ(test::numbers<double>(value.text(6)), curve.recall);
}

TEST_F(VisualdlTest, SettingsAreWrittenOnce) {
  for (int process = 0; process < 2; ++process)
    VisualdlWriter(folder_, 3)
        .settings({{"train.lr", .5}, {"batch", 8}, {"arch", "wrn"}, {"on", true}}, {"val/auroc"});
  const std::vector<test::Message> all = values();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[1].text(2), "hparam");
  const test::Message settings = all[1].message(13);
  ASSERT_EQ(settings.strings.at(1).size(), 4u);
  EXPECT_EQ(std::bit_cast<double>(settings.message(1, 0).numbers.at(2)[0]), .5);
  EXPECT_EQ(settings.message(1, 0).text(4), "train/lr");
  EXPECT_EQ(settings.message(1, 1).integer(1), 8);
  EXPECT_EQ(settings.message(1, 2).text(3), "wrn");
  EXPECT_EQ(settings.message(1, 3).text(4), "on");
  EXPECT_EQ(settings.message(2).text(4), "val/auroc");
}

TEST_F(VisualdlTest, AResumedRunGoesOnInTheSameFile) {
  {
    VisualdlWriter writer(folder_);
    for (int64_t step = 1; step <= 4; ++step) writer.scalar("loss", step, 1);
  }
  const fs::path file = folder_ / "vdlrecords.log";
  fs::resize_file(file, fs::file_size(file) - 3);  // cut by a kill, in step 4
  VisualdlWriter(folder_, 3).scalar("loss", 3, 2);
  std::vector<int64_t> steps;
  for (const test::Message& value : values()) steps.push_back(value.integer(1));
  EXPECT_EQ(steps, (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST_F(VisualdlTest, OfADamagedFileWhatCanBeReadIsKept) {
  for (const std::string& bytes :
       {std::string(7, '\xff'), std::string(8, '\xff'), frame_vdl_record(""),
        frame_vdl_record("\x0a"), frame_vdl_record("\x0a\x05\x08\x01\x12\x7f"),
        frame_vdl_record("\x0a\x05\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")}) {
    fs::create_directories(folder_);
    write_text_atomic(folder_ / "vdlrecords.log", bytes);
    { const VisualdlWriter writer(folder_, 1); }
    EXPECT_EQ(values().size(), 1u) << "the meta record alone";
  }
}

TEST_F(VisualdlTest, AFileInTheWayIsAnError) {
  write_text_atomic(folder_, "not a folder");
  EXPECT_THROW(VisualdlWriter{folder_}, Error);
}

}  // namespace
}  // namespace paucal::train
