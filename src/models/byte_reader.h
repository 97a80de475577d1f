#pragma once
// Little-endian numbers from bytes that may lie: every read is checked against the end.

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace paucal::models {

static_assert(std::endian::native == std::endian::little, "weight files are read as they lie");

class ByteReader {
 public:
  // `place` and `origin` (a path) are named in errors; `position` may not exceed the size.
  ByteReader(std::string_view place, std::string origin, std::span<const uint8_t> bytes)
      : place_(place), origin_(std::move(origin)), bytes_(bytes) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return bytes_.size() - position_; }
  std::span<const uint8_t> bytes() const { return bytes_; }

  void seek(uint64_t position) {
    if (position > bytes_.size()) fail_here("ends before byte {}", position);
    position_ = position;
  }

  std::span<const uint8_t> take(uint64_t count) {
    if (count > left()) fail_here("{} bytes left, expected {}", left(), count);
    const auto part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  std::string_view text(uint64_t count) {
    const auto part = take(count);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  // Throws Error: [place] 'origin': byte N: ….
  template <class... Args>
  [[noreturn]] void fail_here(fmt::format_string<Args...> format, Args&&... args) const {
    fail(place_, "'{}': byte {}: {}", origin_, position_,
         fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  std::string place_;
  std::string origin_;
  std::span<const uint8_t> bytes_;
  uint64_t position_ = 0;
};

// Names from a file are shown in errors and reports: printable ASCII only, at most 512 bytes.
bool is_plain_name(std::string_view name);
std::string printable(std::string_view text);  // at most 80 characters, others as '?'

}  // namespace paucal::models
