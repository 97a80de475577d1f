#pragma once
// For tests: a reader of protocol-buffer messages, and of nothing that writes them.

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace paucal::train::test {

// A reader of its own: fields of a message by number, in order. Numbers as their 64 bits.
struct Message {
  std::map<int, std::vector<uint64_t>> numbers;
  std::map<int, std::vector<std::string>> strings;

  int64_t integer(int field) const { return static_cast<int64_t>(numbers.at(field).at(0)); }
  const std::string& text(int field, size_t i = 0) const { return strings.at(field).at(i); }
  Message message(int field, size_t i = 0) const;
};

inline uint64_t read_varint(const std::string& bytes, size_t& at) {
  uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.at(at++));
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
}

inline Message parse(const std::string& bytes) {
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
    } else if ((key & 7) == 5) {
      uint32_t value = 0;
      std::memcpy(&value, bytes.substr(at, 4).data(), 4);
      message.numbers[field].push_back(value);
      at += 4;
    } else {
      EXPECT_EQ(key & 7, 2u);
      const uint64_t size = read_varint(bytes, at);
      message.strings[field].push_back(bytes.substr(at, size));
      at += size;
    }
  }
  return message;
}

inline Message Message::message(int field, size_t i) const {
  return parse(text(field, i));
}

template <class T>
std::vector<T> numbers(const std::string& bytes) {
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

}  // namespace paucal::train::test
