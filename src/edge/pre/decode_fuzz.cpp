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

void put(Bytes& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

// 4 × 2 pixels.
Bytes bmp_seed(uint32_t coding, uint32_t bits) {
  Bytes out = {'B', 'M'};
  for (const uint32_t value :
       {96u, 0u, 62u, 40u, 4u, 2u, 1 | bits << 16, coding, 0u, 0u, 0u, 2u, 0u})
    put(out, value, 4);
  for (const uint32_t value : {0u, 0xFFFFFFu}) put(out, value, 4);
  for (uint32_t i = 0; i < 12; ++i) put(out, coding == 1 ? 0x0102 : i * 77, 2);
  return out;
}

// One strip of 8 × 8 grey pixels of 8 bits.
Bytes tiff_seed() {
  Bytes out = {'I', 'I', 42, 0, 8, 0, 0, 0, 8, 0};
  const uint32_t tags[8][2] = {{256, 8}, {257, 8},   {258, 8}, {259, 1},
                               {262, 1}, {273, 114}, {278, 8}, {279, 64}};
  for (const auto& [tag, value] : tags) {
    put(out, tag | 4 << 16, 4);
    put(out, 1, 4);
    put(out, value, 4);
  }
  put(out, 0, 4);
  out.resize(114);
  for (uint32_t i = 0; i < 64; ++i) put(out, 4 * i, 1);
  return out;
}

// 8 × 8 grey pixels of 8 bits behind a sequence; plain, or as one fragment of RLE: 64 times 7.
Bytes dicom_seed(bool rle) {
  Bytes out(128);
  const auto add = [&out](std::string_view bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  const auto element = [&](uint32_t tag, std::string_view type, std::string_view value) {
    put(out, tag >> 16, 2);
    put(out, tag & 0xFFFF, 2);
    add(type);
    put(out, static_cast<uint32_t>(value.size()), 2);
    add(value);
  };
  const auto number = [&](uint32_t tag, int value) {
    const char bytes[] = {static_cast<char>(value), 0};
    element(tag, "US", {bytes, 2});
  };
  using namespace std::string_view_literals;
  add("DICM");
  element(0x00020010, "UI", rle ? "1.2.840.10008.1.2.5\0"sv : "1.2.840.10008.1.2.1\0"sv);
  add("\x08\0\x40\x11SQ\0\0\xFF\xFF\xFF\xFF\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\xDD\xE0\0\0\0\0"sv);
  number(0x00280002, 1);
  element(0x00280004, "CS", "MONOCHROME2 ");
  element(0x00280008, "IS", "1 ");
  for (const uint32_t tag : {0x00280010u, 0x00280011u, 0x00280100u, 0x00280101u}) number(tag, 8);
  number(0x00280102, 7);
  number(0x00280103, 0);
  element(0x00281050, "DS", "40\\5 ");
  element(0x00281051, "DS", "80\\9 ");
  add("\xE0\x7F\x10\0OB\0\0"sv);
  put(out, rle ? 0xFFFFFFFF : 64, 4);
  if (rle) add("\xFE\xFF\0\xE0\0\0\0\0\xFE\xFF\0\xE0\x42\0\0\0\1\0\0\0\x40\0\0\0"sv);
  out.resize(out.size() + (rle ? 56 : 64), 0);
  if (rle) add("\xC1\7\xFE\xFF\xDD\xE0\0\0\0\0"sv);
  return out;
}

std::vector<Bytes> seeds() {
  Image image(24, 17, 3);
  for (size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<uint8_t>(i * i / 50);
  uint8_t* memory = nullptr;
  const size_t size =
      WebPEncodeRGB(image.pixels.data(), image.width, image.height, image.width * 3, 75, &memory);
  const Bytes webp(memory, memory + size);
  WebPFree(memory);
  const auto bytes = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
  return {*encode_jpeg(image), *encode_jpeg(image, 50),
          *encode_png(image),  webp,
          dicom_seed(false),   dicom_seed(true),
          tiff_seed(),         bytes("P3 2 1 300 1 2 3 4 5 300"),
          bmp_seed(0, 24),     bmp_seed(1, 8)};
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
    const auto image = decode_image(
        bytes, {.channels = channels, .max_pixels = 1 << 20, .depth = channels == 1 ? 16 : 8});
    if (!image.ok()) continue;
    // What decodes was announced, and fits its announcement.
    if (!info.ok() || image->width != info->width || image->height != info->height ||
        image->channels != (channels == 0 ? info->channels : channels) ||
        image->pixels.size() != size_t(image->width) * image->height * image->channels)
      __builtin_trap();
  }
  return 0;
}
