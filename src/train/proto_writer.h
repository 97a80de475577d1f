#pragma once
// The little of the protocol-buffer wire format that event files need, so that training does not
// depend on protobuf. Source: protobuf.dev, "Encoding".

#include <bit>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace paucal::train {

static_assert(std::endian::native == std::endian::little, "fixed-width fields are copied as is");

// Builds one message: ProtoWriter().integer(2, step).message(5, summary).bytes().
class ProtoWriter {
 public:
  ProtoWriter& integer(int field, int64_t value) {
    key(field, 0);
    varint(static_cast<uint64_t>(value));
    return *this;
  }
  ProtoWriter& real(int field, double value) {
    key(field, 1);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  ProtoWriter& real32(int field, float value) {
    key(field, 5);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    return *this;
  }
  // A repeated field, packed.
  ProtoWriter& integers(int field, std::span<const int64_t> values) {
    ProtoWriter packed;
    for (const int64_t value : values) packed.varint(static_cast<uint64_t>(value));
    return message(field, packed);
  }
  ProtoWriter& reals(int field, std::span<const double> values) {
    return text(field, {reinterpret_cast<const char*>(values.data()), values.size_bytes()});
  }
  ProtoWriter& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  ProtoWriter& message(int field, const ProtoWriter& inner) { return text(field, inner.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, uint64_t wire_type) { varint(static_cast<uint64_t>(field) << 3 | wire_type); }
  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

}  // namespace paucal::train
