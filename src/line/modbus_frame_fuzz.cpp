// libFuzzer target: whatever a connection brings, answers are short frames, and only the
// controller's registers change.
#include <algorithm>

#include "line/modbus_frame.h"
#include "line/registers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paucal::line;
  std::array<uint16_t, kAllWords> words{};
  std::fill(words.begin(), words.begin() + kCommandAddress, uint16_t{7});
  std::span<const uint8_t> bytes(data, size);
  while (true) {
    const auto length = frame_size(bytes);
    if (!length || *length == 0 || *length > bytes.size()) break;
    const auto answer =
        answer_frame(bytes.first(*length), {words, 100, kCommandAddress, kCommandWords});
    if (answer.empty() || answer.size() > kMaxFrame || frame_size(answer) != answer.size())
      __builtin_trap();
    bytes = bytes.subspan(*length);
  }
  if (std::any_of(words.begin(), words.begin() + kCommandAddress,
                  [](uint16_t word) { return word != 7; }))
    __builtin_trap();
  return 0;
}
