#include "train/events.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <map>
#include <vector>

#include "base/crc32c.h"
#include "base/error.h"
#include "base/files.h"

namespace paucal::train {
namespace {
namespace fs = std::filesystem;

// A reader of its own: fields of a message by number, in order. Numbers as their 64 bits.
struct Message {
  std::map<int, std::vector<uint64_t>> numbers;
  std::map<int, std::vector<std::string>> strings;

  int64_t integer(int field) const { return static_cast<int64_t>(numbers.at(field).at(0)); }
  const std::string& text(int field, size_t i = 0) const { return strings.at(field).at(i); }
  Message message(int field, size_t i = 0) const;
};

uint64_t read_varint(const std::string& bytes, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.at(at++));
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

Message parse(const std::string& bytes) {
  Message message;
  for (size_t at = 0; at < bytes.size();) {
    const uint64_t key = read_varint(bytes, at);
    const int field = static_cast<int>(key >> 3);
    if ((key & 7) == 0) {
      message.numbers[field].push_back(read_varint(bytes, at));
    } else if ((key & 7) == 1) {
      uint64_t value = 0;
      std::memcpy(&value, bytes.substr(at, 8).data(), 8);
      message.numbers[field].push_back(value);
      at += 8;
    } else {
      EXPECT_EQ(key & 7, 2u);
      const uint64_t size = read_varint(bytes, at);
      message.strings[field].push_back(bytes.substr(at, size));
      at += size;
    }
  }
  return message;
}

Message Message::message(int field, size_t i) const {
  return parse(text(field, i));
}

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

template <class T>
std::vector<T> numbers(const std::string& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<int64_t> shape(const Message& tensor) {
  std::vector<int64_t> sizes;
  const Message dims = tensor.message(2);
  if (dims.strings.contains(2))
    for (const std::string& dim : dims.strings.at(2)) sizes.push_back(parse(dim).integer(1));
  return sizes;
}

class EventWriterTest : public testing::Test {
 protected:
  EventWriterTest() { fs::remove_all(folder_); }
  ~EventWriterTest() override { fs::remove_all(folder_); }

  // The one summary value that `write` makes, of the plugin expected.
  template <class F>
  Message value_of(const std::string& plugin, F write) {
    EventWriter writer(folder_);
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

  fs::path folder_ = fs::path(testing::TempDir()) / "paucal_events" / "new";
};

TEST(Events, FramesMatchAnIndependentEncoder) {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) text += fmt::format("{:02x}", static_cast<uint8_t>(c));
    return text;
  };
  EXPECT_EQ(hex(frame_record("")), "000000000000000029039807d8ea82a2");
  EXPECT_EQ(hex(frame_record("abc")), "0300000000000000b099490e6162636e57f121");
}

TEST_F(EventWriterTest, AFileBeginsWithVersionAndSessionStart) {
  const EventWriter writer(folder_, 300);
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

TEST_F(EventWriterTest, ALaterStartHasALaterName) {
  fs::create_directories(folder_);
  write_text_atomic(folder_ / "events.out.tfevents.9000000000.host.1", "from a wrong clock");
  const EventWriter first(folder_), second(folder_);
  EXPECT_TRUE(first.path().filename().string().starts_with("events.out.tfevents.9000000001."));
  EXPECT_LT(first.path(), second.path());
  EXPECT_EQ(read_text(folder_ / "events.out.tfevents.9000000000.host.1"), "from a wrong clock");
}

TEST_F(EventWriterTest, Scalar) {
  const Message value = value_of("scalars", [](EventWriter& w) { w.scalar("group/tag", 7, 0.25); });
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 1);  // DT_FLOAT
  EXPECT_TRUE(shape(tensor).empty());
  EXPECT_EQ(numbers<float>(tensor.text(4)), std::vector<float>{0.25});
  EXPECT_EQ(value.message(9).integer(4), 1);  // DATA_CLASS_SCALAR
}

TEST_F(EventWriterTest, Image) {
  const std::vector<uint8_t> png = {0x89, 'P', 'N', 'G', 0, 0xFF};
  const Message value =
      value_of("images", [&](EventWriter& w) { w.image("group/tag", 7, png, 64, 48); });
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 7);  // DT_STRING
  EXPECT_EQ(shape(tensor), std::vector<int64_t>{3});
  EXPECT_EQ(tensor.text(8, 0), "64");
  EXPECT_EQ(tensor.text(8, 1), "48");
  EXPECT_EQ(tensor.text(8, 2), std::string(png.begin(), png.end()));
  EXPECT_EQ(value.message(9).integer(4), 3);  // DATA_CLASS_BLOB_SEQUENCE
}

TEST_F(EventWriterTest, Text) {
  const Message value =
      value_of("text", [](EventWriter& w) { w.text("group/tag", 7, "**seed** 1"); });
  EXPECT_EQ(value.message(8).text(8), "**seed** 1");
}

TEST_F(EventWriterTest, Histogram) {
  std::vector<float> values = {0, 3, std::numeric_limits<float>::quiet_NaN(), INFINITY};
  for (int i = 0; i < 10; ++i) values.push_back(1.05F);
  const Message tensor = value_of("histograms", [&](EventWriter& w) {
                           w.histogram("group/tag", 7, values);
                         }).message(8);
  EXPECT_EQ(shape(tensor), (std::vector<int64_t>{30, 3}));
  const auto rows = numbers<double>(tensor.text(4));
  ASSERT_EQ(rows.size(), 90u);
  EXPECT_EQ(rows[0], 0);
  EXPECT_NEAR(rows[88], 3, 1e-12);  // right edge of the last bucket
  EXPECT_EQ(rows[2], 1);
  EXPECT_EQ(rows[89], 1);           // the greatest value is not lost
  EXPECT_EQ(rows[3 * 10 + 2], 10);  // [1, 1.1)
}

TEST_F(EventWriterTest, HistogramOfOneValueAndOfNone) {
  const Message one = value_of("histograms", [](EventWriter& w) {
                        w.histogram("group/tag", 7, std::vector<float>{2, 2});
                      }).message(8);
  EXPECT_EQ(numbers<double>(one.text(4)), (std::vector<double>{1.5, 2.5, 2}));
  const Message none =
      value_of("histograms", [](EventWriter& w) { w.histogram("group/tag", 7, {}); }).message(8);
  EXPECT_EQ(shape(none), (std::vector<int64_t>{0, 3}));
}

TEST_F(EventWriterTest, PrCurve) {
  const std::vector<double> scores = {0, 0.25, 0.5, 0.75, 1};
  const std::vector<uint8_t> labels = {0, 0, 1, 0, 1};
  const Message value =
      value_of("pr_curves", [&](EventWriter& w) { w.pr_curve("group/tag", 7, scores, labels); });
  EXPECT_EQ(value.message(9).message(1).message(2).integer(2), 201);  // num_thresholds
  const Message tensor = value.message(8);
  EXPECT_EQ(tensor.integer(1), 2);  // DT_DOUBLE
  EXPECT_EQ(shape(tensor), (std::vector<int64_t>{6, 201}));
  const auto rows = numbers<double>(tensor.text(4));
  const auto column = [&](size_t i) {
    std::vector<double> values;
    for (size_t row = 0; row < 6; ++row) values.push_back(rows.at(row * 201 + i));
    return values;
  };
  EXPECT_EQ(column(0), (std::vector<double>{2, 3, 0, 0, 0.4, 1}));
  EXPECT_EQ(column(100), (std::vector<double>{2, 1, 2, 0, 2.0 / 3, 1}));  // at .5 itself
  EXPECT_EQ(column(101), (std::vector<double>{1, 1, 2, 1, 0.5, 0.5}));
  EXPECT_EQ(column(200), (std::vector<double>{1, 0, 3, 1, 1, 0.5}));
}

TEST_F(EventWriterTest, RefusesScoresThatAreNoProbabilities) {
  EventWriter writer(folder_);
  const std::vector<uint8_t> labels = {1};
  EXPECT_THROW(writer.pr_curve("t", 0, std::vector<double>{1.5}, labels), Error);
  EXPECT_THROW(writer.pr_curve("t", 0, std::vector<double>{std::nan("")}, labels), Error);
  EXPECT_THROW(writer.pr_curve("t", 0, {}, labels), Error);
}

TEST_F(EventWriterTest, AFileInTheWayIsAnError) {
  write_text_atomic(folder_, "not a folder");
  EXPECT_THROW(EventWriter{folder_}, Error);
}

}  // namespace
}  // namespace paucal::train
