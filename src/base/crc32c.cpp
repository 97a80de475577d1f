#include "base/crc32c.h"

#include <array>

namespace paucal {
namespace {

// One table lookup a byte; the reflected polynomial of Castagnoli.
constexpr std::array<uint32_t, 256> kTable = [] {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1) ^ (value & 1 ? 0x82F63B78u : 0u);
    table[i] = value;
  }
  return table;
}();

}  // namespace

uint32_t crc32c(std::span<const uint8_t> data, uint32_t seed) {
  uint32_t value = ~seed;
  for (const uint8_t byte : data) value = (value >> 8) ^ kTable[(value ^ byte) & 0xFF];
  return ~value;
}

}  // namespace paucal
