#include "train/tensorboard.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <vector>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/files.h"
#include "train/test_proto.h"

namespace paucal::train {
namespace {
namespace fs = std::filesystem;

using test::Message;
using test::numbers;
using test::parse;

// Events of a file, with every checksum checked.
std::vector<Message> read_events(const fs::path& path) {
  const auto masked = [](const std::string& data) {
    const uint32_t crc = crc32c({reinterpret_cast<const uint8_t*>(data.data()), data.size()});
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
  };
  const std::string bytes = read_text(path);
  std::vector<Message> events;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t size = 0;
    uint32_t crc = 0;
    std::memcpy(&size, bytes.data() + at, 8);
    std::memcpy(&crc, bytes.data() + at + 8, 4);
    EXPECT_EQ(crc, masked(bytes.substr(at, 8)));
    const std::string data = bytes.substr(at + 12, size);
    std::memcpy(&crc, bytes.data() + at + 12 + size, 4);
    EXPECT_EQ(crc, masked(data));
    events.push_back(parse(data));
    at += 16 + size;
  }
  return events;
}

std::vector<int64_t> shape(const Message& tensor) {
  std::vector<int64_t> sizes;
  const Message dims = tensor.message(2);
  if (dims.strings.contains(2))
    for (const std::string& dim : dims.strings.at(2)) sizes.push_back(parse(dim).integer(1));
  return sizes;
}

class TensorboardTest : public testing::Test {
 protected:
  TensorboardTest() { fs::remove_all(folder_); }
  ~TensorboardTest() override { fs::remove_all(folder_); }

  // The one summary value that `write` makes, of the plugin expected.
  template <class F>
  Message value_of(const std::string& plugin, F write) {
    TensorboardWriter writer(folder_);
    write(writer);
    writer.flush();
    const std::vector<Message> events = read_events(writer.path());
    EXPECT_EQ(events.size(), 3u);
    EXPECT_EQ(events.back().integer(2), 7);
    const Message value = events.back().message(5).message(1);
    EXPECT_EQ(value.text(1), "group/tag");
    EXPECT_EQ(value.message(9).message(1).text(1), plugin);
    return value;
  }

  fs::path folder_ = fs::path(testing::TempDir()) / "paucal_tensorboard" / "new";
};

TEST(Tensorboard, FramesMatchAnIndependentEncoder) {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return text;
  };
  EXPECT_EQ(hex(frame_record("")), "000000000000000029039807d8ea82a2");
  EXPECT_EQ(hex(frame_record("abc")), "0300000000000000b099490e6162636e57f121");
}

TEST_F(TensorboardTest, AFileBeginsWithVersionAndSessionStart) {
  const TensorboardWriter writer(folder_, 300);
  EXPECT_TRUE(writer.path().filename().string().starts_with("events.out.tfevents."));
  const std::vector<Message> events = read_events(writer.path());
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].text(3), "brain.Event:2");
  EXPECT_EQ(events[1].integer(2), 300);
  EXPECT_EQ(events[1].message(7).integer(1), 1);  // SessionLog.START
  double wall_time = 0;
  std::memcpy(&wall_time, &events[1].numbers.at(1)[0], 8);
  EXPECT_GT(wall_time, 1.6e9);
}

TEST_F(TensorboardTest, ALaterStartHasALaterName) {
  fs::create_directories(folder_);
  write_text_atomic(folder_ / "events.out.tfevents.9000000000.host.1", "from a wrong clock");
  const TensorboardWriter first(folder_), second(folder_);
  EXPECT_TRUE(first.path().filename().string().starts_with("events.out.tfevents.9000000001."));
  EXPECT_LT(first.path(), second.path());
  EXPECT_EQ(read_text(folder_ / "events.out.tfevents.9000000000.host.1"), "from a wrong clock");
}

TEST_F(TensorboardTest, Scalar) {
  const Message value =
      value_of("scalars", [](TensorboardWriter& w) { w.scalar("group/tag", 7, 0.25); });
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 1);  // DT_FLOAT
  EXPECT_TRUE(shape(tensor).empty());
  EXPECT_EQ(numbers<float>(tensor.text(4)), std::vector<float>{0.25});
  EXPECT_EQ(value.message(9).integer(4), 1);  // DATA_CLASS_SCALAR
}

TEST_F(TensorboardTest, Image) {
  const Picture picture{"x", 64, 48, {0x89, 'P', 'N', 'G', 0, 0xFF}};
  const Message value =
      value_of("images", [&](TensorboardWriter& w) { w.image("group/tag", 7, picture); });
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 7);  // DT_STRING
  EXPECT_EQ(shape(tensor), std::vector<int64_t>{3});
  EXPECT_EQ(tensor.text(8, 0), "64");
  EXPECT_EQ(tensor.text(8, 1), "48");
  EXPECT_EQ(tensor.text(8, 2), std::string(picture.png.begin(), picture.png.end()));
  EXPECT_EQ(value.message(9).integer(4), 3);  // DATA_CLASS_BLOB_SEQUENCE
}

TEST_F(TensorboardTest, Histogram) {
  const Message tensor = value_of("histograms", [](TensorboardWriter& w) {
                           w.histogram("group/tag", 7, {{0, 1, 3}, {4, 5}});
                         }).message(8);
  EXPECT_EQ(shape(tensor), (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(numbers<double>(tensor.text(4)), (std::vector<double>{0, 1, 4, 1, 3, 5}));
}

TEST_F(TensorboardTest, HistogramOfNothing) {
  const Message tensor = value_of("histograms", [](TensorboardWriter& w) {
                           w.histogram("group/tag", 7, {});
                         }).message(8);
  EXPECT_EQ(shape(tensor), (std::vector<int64_t>{0, 3}));
}

TEST_F(TensorboardTest, PrCurve) {
  const PrCurve curve = pr_curve_of(std::vector<double>{.2, .9}, std::vector<uint8_t>{0, 1});
  const Message value =
      value_of("pr_curves", [&](TensorboardWriter& w) { w.pr_curve("group/tag", 7, curve); });
  constexpr size_t n = PrCurve::kThresholds;
  EXPECT_EQ(value.message(9).message(1).message(2).integer(2), static_cast<int64_t>(n));
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 2);  // DT_DOUBLE
  EXPECT_EQ(shape(tensor), (std::vector<int64_t>{6, n}));
  const auto rows = numbers<double>(tensor.text(4));
  ASSERT_EQ(rows.size(), 6 * n);
  EXPECT_EQ(rows[0], 1);           // true positives at 0 …
  EXPECT_EQ(rows[n], 1);           // … and false ones
  EXPECT_EQ(rows[2 * n + 50], 1);  // true negatives at .5
  EXPECT_EQ(rows[4 * n + 50], 1);  // precision
  EXPECT_EQ(rows[5 * n + 50], 1);  // recall
}

TEST_F(TensorboardTest, SettingsAreThoseOfASession) {
  TensorboardWriter writer(folder_);
  writer.settings({{"train.lr", .5}, {"model.arch", "wrn"}, {"ema", true}, {"sides", {1, 2}}}, {});
  writer.flush();
  const Message value = read_events(writer.path()).back().message(5).message(1);
  EXPECT_EQ(value.text(1), "_hparams_/session_start_info");
  const Message plugin = value.message(9).message(1);
  EXPECT_EQ(plugin.text(1), "hparams");
  const Message start = parse(plugin.text(2)).message(3);
  ASSERT_EQ(start.strings.at(1).size(), 4u);
  EXPECT_EQ(start.message(1, 0).text(1), "train.lr");
  EXPECT_EQ(std::bit_cast<double>(start.message(1, 0).message(2).numbers.at(2)[0]), .5);
  EXPECT_EQ(start.message(1, 1).message(2).text(3), "wrn");
  EXPECT_EQ(start.message(1, 2).message(2).integer(4), 1);
  EXPECT_EQ(start.message(1, 3).message(2).text(3), "[1,2]");
}

TEST_F(TensorboardTest, AFileInTheWayIsAnError) {
  write_text_atomic(folder_, "not a folder");
  EXPECT_THROW(TensorboardWriter{folder_}, Error);
}

}  // namespace
}  // namespace paucal::train
