#include "base/crc32c.h"

#include <array>
#include <cstring>

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

uint32_t update_portable(uint32_t value, const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; ++i) value = (value >> 8) ^ kTable[(value ^ data[i]) & 0xFF];
  return value;
}

#if defined(__x86_64__)
// The processor's own instruction, 20 times as fast: model files are checked at every start.
__attribute__((target("sse4.2"))) uint32_t update_sse42(uint32_t value, const uint8_t* data,
                                                        size_t size) {
  uint64_t wide = value;
  for (; size >= 8; data += 8, size -= 8) {
    uint64_t word;
    std::memcpy(&word, data, 8);
    wide = __builtin_ia32_crc32di(wide, word);
  }
  return update_portable(static_cast<uint32_t>(wide), data, size);
}
#endif

}  // namespace

uint32_t crc32c(std::span<const uint8_t> data, uint32_t seed) {
#if defined(__x86_64__)
  static const bool has_sse42 = __builtin_cpu_supports("sse4.2");
  if (has_sse42) return ~update_sse42(~seed, data.data(), data.size());
#endif
  return ~update_portable(~seed, data.data(), data.size());
}

}  // namespace paucal
