#pragma once
// Internal to decoders: little-endian numbers that never leave the file.

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

// 0 where they would.
inline uint32_t u16_at(Data data, uint64_t at) {
  return at + 2 <= data.size() ? static_cast<uint32_t>(data[at] | data[at + 1] << 8) : 0;
}
inline uint32_t u32_at(Data data, uint64_t at) {
  return at + 4 <= data.size() ? u16_at(data, at) | u16_at(data, at + 2) << 16 : 0;
}

}  // namespace paucal::edge::formats
