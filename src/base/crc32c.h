#pragma once
// CRC-32C (Castagnoli): checksums of event files and model sections.

#include <cstdint>
#include <span>

namespace paucal {

// crc32c of "123456789" is 0xe3069283. `seed`: the checksum of what came before.
uint32_t crc32c(std::span<const uint8_t> data, uint32_t seed = 0);

}  // namespace paucal
