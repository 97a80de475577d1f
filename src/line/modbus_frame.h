#pragma once
// Modbus/TCP frames of strangers, checked and answered without libmodbus: MODBUS Application
// Protocol V1.1b3, MODBUS Messaging on TCP/IP V1.0b. Functions 3, 4 (read), 6, 16 (write); others
// get exception 1. No input or output, no state but the registers.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace paucal::line {

inline constexpr size_t kMaxFrame = 260;  // 7 bytes of header, 253 of the function

// Bytes of the first frame, at most kMaxFrame; 0: not all of its header is there yet; none: this is
// no Modbus, and the connection is to be closed.
std::optional<size_t> frame_size(std::span<const uint8_t> bytes);

struct RegisterBank {
  std::span<uint16_t> words;
  uint16_t first = 0;              // address of words[0]
  size_t writable = 0, count = 0;  // places in `words` that may be written
};

// The answer to a whole frame, at most kMaxFrame bytes. Writes nothing, or all that was asked for.
std::vector<uint8_t> answer_frame(std::span<const uint8_t> frame, RegisterBank bank);

}  // namespace paucal::line
