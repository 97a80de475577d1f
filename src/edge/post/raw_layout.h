#pragma once
// How raw predictions lie in a file, RUN/raw.bin: written and read by judge/raw_store.h, and read
// by who wants a single map of it (review/run_heat.h).
//
//   header    RawHeader
//   offsets   u64 a record, from the start of the file
//   record    RawFixed, double scores[channels], RawBox boxes[boxes],
//             half float maps[channels · map_height · map_width]
// Little-endian, records at multiples of 8.

#include <cstdint>
#include <string_view>

namespace paucal::edge {

constexpr std::string_view kRawMagic = "PAUCLRAW";
constexpr uint32_t kRawVersion = 1;

struct RawHeader {
  char magic[8];
  uint32_t version, channels;
  uint64_t records;
  char identity[32];  // of the records' paths, in their order: Hasher, in hex
};
static_assert(sizeof(RawHeader) == 56);

// What precedes the arrays of a record.
struct RawFixed {
  double matrix[6];  // map pixels → original pixels
  double stride_x, stride_y;
  int32_t width, height;  // of the geometry's network image
  int32_t original_width, original_height;
  int32_t map_width, map_height;
  uint32_t boxes, reserved;
};
static_assert(sizeof(RawFixed) == 96);

struct RawBox {
  float x0, y0, x1, y1, score;
  int32_t label;
};
static_assert(sizeof(RawBox) == 24);

}  // namespace paucal::edge
