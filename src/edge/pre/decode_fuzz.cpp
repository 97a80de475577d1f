// libFuzzer target: any bytes through probe and decode. A failure must be a value; nothing may
// crash, leak, hang or take much memory.
#include "base/error.h"
#include "edge/pre/decode.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace paucal::edge;
  const std::span<const uint8_t> bytes(data, size);
  const auto info = probe_image(bytes);
  for (const int channels : {0, 1, 3}) {
    const auto image = decode_image(bytes, {.channels = channels, .max_pixels = 1 << 20});
    if (!image.ok()) continue;
    // What decodes was announced, and fits its announcement.
    if (!info.ok() || image->width != info->width || image->height != info->height ||
        image->channels != (channels == 0 ? info->channels : channels) ||
        image->pixels.size() != size_t(image->width) * image->height * image->channels)
      __builtin_trap();
  }
  return 0;
}
