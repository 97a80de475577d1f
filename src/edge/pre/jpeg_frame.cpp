#include "edge/pre/jpeg_frame.h"

namespace paucal::edge::formats {

JpegFrame jpeg_frame(Data data) {
  const auto number = [&](size_t at) { return data[at] << 8 | data[at + 1]; };
  for (size_t at = 2; at + 9 < data.size() && data[at] == 0xFF;) {
    const uint8_t marker = data[at + 1];
    if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC)
      return {marker & 15, data[at + 4], number(at + 7), number(at + 5), data[at + 9]};
    at += marker == 0xFF ? 1 : 2 + static_cast<size_t>(number(at + 2));
  }
  return {};
}

}  // namespace paucal::edge::formats
