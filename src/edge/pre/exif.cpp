// The orientation tag of an EXIF block: a TIFF header, then entries of 12 bytes each.
#include "edge/pre/formats.h"

namespace paucal::edge::formats {
namespace {

constexpr uint32_t kOrientationTag = 0x0112;
constexpr uint32_t kTypeShort = 3;

// Reads that stay inside the block: out of bounds gives 0.
class TiffBytes {
 public:
  explicit TiffBytes(Data data) : data_(data), big_endian_(!data.empty() && data[0] == 'M') {}
  uint32_t u16(uint64_t at) const { return number(at, 2); }
  uint32_t u32(uint64_t at) const { return number(at, 4); }

 private:
  uint32_t number(uint64_t at, unsigned size) const {
    if (at + size > data_.size()) return 0;
    uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i)
      value = value << 8 | data_[at + (big_endian_ ? i : size - 1 - i)];
    return value;
  }

  Data data_;
  bool big_endian_;
};

}  // namespace

int exif_orientation(Data tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) return 1;
  const TiffBytes bytes(tiff);
  if (bytes.u16(2) != 42) return 1;
  const uint64_t directory = bytes.u32(4);
  const uint32_t count = bytes.u16(directory);
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t entry = directory + 2 + uint64_t{12} * i;
    if (bytes.u16(entry) != kOrientationTag) continue;
    // Some writers store the number as a LONG.
    const uint32_t value =
        bytes.u16(entry + 2) == kTypeShort ? bytes.u16(entry + 8) : bytes.u32(entry + 8);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace paucal::edge::formats
