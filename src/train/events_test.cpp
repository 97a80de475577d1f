#include "train/events.h"

#include <gtest/gtest.h>

#include <cstring>
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

TEST_F(EventWriterTest, AFileInTheWayIsAnError) {
  write_text_atomic(folder_, "not a folder");
  EXPECT_THROW(EventWriter{folder_}, Error);
}

}  // namespace
}  // namespace paucal::train
