// libFuzzer target: any bytes through probe and decode. A failure must be a value; nothing may
// crash, leak, hang or take much memory. It starts from small files of each kind.
#include <webp/encode.h>

#include <algorithm>

#include "base/error.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"

using namespace paucal;
using namespace paucal::edge;

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace {

std::vector<Bytes> seeds() {
  Image image(24, 17, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(i * i / 50);
  uint8_t* memory = nullptr;
  const size_t size =
      WebPEncodeRGB(image.pixels.data(), image.width, image.height, image.width * 3, 75, &memory);
  const Bytes webp(memory, memory + size);
  WebPFree(memory);
  return {*encode_jpeg(image), *encode_jpeg(image, 50), *encode_png(image), webp};
}

}  // namespace

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  static const std::vector<Bytes> files = seeds();
  const Bytes& file = files[seed % files.size()];
  if (size >= 32 || file.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::ranges::copy(file, data);
  return file.size();
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
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
