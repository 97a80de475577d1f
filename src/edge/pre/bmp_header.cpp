#include "edge/pre/bmp_header.h"

#include <algorithm>
#include <bit>

#include "base/error.h"
#include "edge/pre/bytes.h"

namespace paucal::edge::formats {
namespace {

constexpr uint32_t kCoreSize = 12, kInfoSize = 40, kMasksSize = 52, kAlphaSize = 56;
constexpr uint64_t kFileHeader = 14;

Failure bad_bmp(Data data, const std::string& what) {
  return failure("decode", "damaged BMP of {} bytes: {}", data.size(), what);
}

bool has_palette(int bits) {
  return bits == 1 || bits == 2 || bits == 4 || bits == 8;
}

// What a coding packs.
bool fits(BmpCoding coding, int bits) {
  switch (coding) {
    case BmpCoding::kRaw:
      return has_palette(bits) || bits == 16 || bits == 24 || bits == 32;
    case BmpCoding::kRle8:
      return bits == 8;
    case BmpCoding::kRle4:
      return bits == 4;
    default:
      return bits == 16 || bits == 32;
  }
}

// One run of ones, and none of another mask's.
bool are_masks(const std::array<uint32_t, 4>& masks, int bits) {
  uint32_t seen = 0;
  for (const uint32_t mask : masks) {
    if (mask & seen) return false;
    seen |= mask;
    if (mask && !std::has_single_bit((mask >> std::countr_zero(mask)) + uint64_t{1})) return false;
  }
  return bits == 32 || seen >> 16 == 0;
}

void read_masks(Data data, uint32_t size, BmpHeader& header) {
  if (header.coding == BmpCoding::kRaw) {
    if (header.bits == 16) header.masks = {0x7C00, 0x03E0, 0x001F, 0};
    if (header.bits == 32) header.masks = {0xFF0000, 0xFF00, 0xFF, 0};
    return;
  }
  const bool alpha = size >= kAlphaSize || header.coding == BmpCoding::kAlphaFields;
  for (size_t i = 0; i < (alpha ? 4 : 3); ++i)
    header.masks[i] = u32_at(data, kFileHeader + kInfoSize + 4 * i);
}

// Entries of 3 or 4 bytes, blue first, behind the header and its masks.
void read_palette(Data data, uint32_t size, BmpHeader& header) {
  const uint64_t entry = size == kCoreSize ? 3 : 4, at = kFileHeader + size;
  const uint32_t used = size == kCoreSize ? 0 : u32_at(data, kFileHeader + 32);
  uint64_t count = used == 0 ? uint64_t{1} << header.bits : used;
  count = std::min({count, uint64_t{1} << header.bits, (data.size() - at) / entry});
  if (header.pixels_at > at) count = std::min(count, (header.pixels_at - at) / entry);
  header.grey = true;
  for (uint64_t i = 0; i < count; ++i) {
    const uint8_t* bgr = &data[at + i * entry];
    header.palette.push_back({bgr[2], bgr[1], bgr[0]});
    header.grey &= bgr[0] == bgr[1] && bgr[1] == bgr[2];
  }
}

void read_sizes(Data data, uint32_t size, BmpHeader& header) {
  const bool core = size == kCoreSize;
  header.width = core ? static_cast<int>(u16_at(data, 18)) : std::bit_cast<int>(u32_at(data, 18));
  int64_t height = core ? static_cast<int>(u16_at(data, 20)) : std::bit_cast<int>(u32_at(data, 22));
  header.top_down = height < 0;
  height = std::abs(height);
  header.height = height > INT32_MAX ? 0 : static_cast<int>(height);
  header.bits = static_cast<int>(u16_at(data, core ? 24 : 28));
  if (!core) header.coding = static_cast<BmpCoding>(u32_at(data, 30));
  header.pixels_at = u32_at(data, 10);
}

}  // namespace

Result<BmpHeader> read_bmp_header(Data data) {
  const uint32_t size = u32_at(data, kFileHeader);
  if (data.size() < kFileHeader + std::max(size, kCoreSize))
    return bad_bmp(data, "no whole header");
  BmpHeader header;
  read_sizes(data, size, header);
  if (header.width < 1 || header.height < 1)
    return bad_bmp(data, fmt::format("{}×{} pixels", header.width, header.height));
  if (!fits(header.coding, header.bits))
    return bad_bmp(data, fmt::format("{} bits a pixel in coding {}", header.bits,
                                     static_cast<uint32_t>(header.coding)));
  if (header.run_length() && header.top_down) return bad_bmp(data, "run lengths from the top");
  if (!has_palette(header.bits)) {
    read_masks(data, size, header);
    if (header.bits != 24 && !are_masks(header.masks, header.bits))
      return bad_bmp(data, "masks that overlap or have holes");
  } else {
    read_palette(data, size, header);
    if (header.palette.empty()) return bad_bmp(data, "no palette");
  }
  if (header.pixels_at < kFileHeader + size || header.pixels_at > data.size())
    return bad_bmp(data, fmt::format("pixels from byte {}", header.pixels_at));
  return header;
}

}  // namespace paucal::edge::formats
