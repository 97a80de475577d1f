#pragma once
// Internal to bmp.cpp: the headers of a BMP. Source: "Bitmap Storage" and BITMAPV5HEADER of
// Microsoft's Windows GDI documentation; OS/2 1.x has a header of 12 bytes.

#include <array>
#include <vector>

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

enum class BmpCoding : uint32_t { kRaw = 0, kRle8 = 1, kRle4 = 2, kFields = 3, kAlphaFields = 6 };

struct BmpHeader {
  int width = 0, height = 0;
  bool top_down = false;
  int bits = 0;  // a pixel: 1, 2, 4, 8 with a palette; 16, 24, 32 without
  BmpCoding coding = BmpCoding::kRaw;
  uint64_t pixels_at = 0;
  std::vector<std::array<uint8_t, 3>> palette = {};  // RGB
  bool grey = false;                                 // all of the palette is
  std::array<uint32_t, 4> masks = {};                // of red, green, blue, alpha; 0: none

  // A row, padded to 32 bits.
  uint64_t stride() const { return (uint64_t{static_cast<uint32_t>(width)} * bits + 31) / 32 * 4; }
  bool run_length() const { return coding == BmpCoding::kRle8 || coding == BmpCoding::kRle4; }
};

Result<BmpHeader> read_bmp_header(Data data);

}  // namespace paucal::edge::formats
