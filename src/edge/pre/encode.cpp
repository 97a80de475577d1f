#include "edge/pre/encode.h"

#include <png.h>

#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
// After cstdio: jpeglib.h needs FILE.
#include <jpeglib.h>

#include "base/error.h"

namespace paucal::edge {
namespace {

bool is_writable(const Image& image) {
  return image.width > 0 && image.height > 0 && (image.channels == 1 || image.channels == 3) &&
         image.pixels.size() == static_cast<size_t>(image.width) * image.height * image.channels;
}

Failure unwritable(std::string_view format, const Image& image, std::string_view why) {
  return failure("encode", "{}×{} pixels of {} channels as {}: {}", image.width, image.height,
                 image.channels, format, why);
}

constexpr std::string_view kExpected = "expected at least one pixel, of 1 or 3 channels";

struct JpegErrors {
  jpeg_error_mgr manager;  // first: libjpeg hands out a pointer to it
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void stop(j_common_ptr info) {
  info->err->format_message(info, reinterpret_cast<JpegErrors*>(info->err)->message);
  std::longjmp(reinterpret_cast<JpegErrors*>(info->err)->jump, 1);
}

// Plain C values only: libjpeg leaves by longjmp. `out` is malloc'ed and belongs to the caller,
// also on failure.
bool compress(jpeg_compress_struct& info, JpegErrors& errors, const Image& image, int quality,
              unsigned char** out, unsigned long* size) {  // NOLINT: libjpeg's type
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = stop;
  if (setjmp(errors.jump)) return false;
  jpeg_create_compress(&info);
  jpeg_mem_dest(&info, out, size);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = image.channels;
  info.in_color_space = image.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, quality, TRUE);
  if (quality >= 90) info.comp_info[0].h_samp_factor = info.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<uint8_t*>(image.row(static_cast<int>(info.next_scanline)));
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  return true;
}

}  // namespace

Result<Bytes> encode_png(const Image& image) {
  if (!is_writable(image)) return unwritable("PNG", image, kExpected);
  png_image head{};
  head.version = PNG_IMAGE_VERSION;
  head.width = static_cast<png_uint_32>(image.width);
  head.height = static_cast<png_uint_32>(image.height);
  head.format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(head);
  Bytes bytes(size);
  if (!png_image_write_to_memory(&head, bytes.data(), &size, 0, image.pixels.data(), 0, nullptr))
    return unwritable("PNG", image, head.message);
  bytes.resize(size);
  return bytes;
}

Result<Bytes> encode_jpeg(const Image& image, int quality) {
  if (!is_writable(image)) return unwritable("JPEG", image, kExpected);
  jpeg_compress_struct info{};
  JpegErrors errors{};
  unsigned char* out = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  const bool ok = compress(info, errors, image, quality, &out, &size);
  jpeg_destroy_compress(&info);
  const std::unique_ptr<unsigned char, void (*)(void*)> owner(out, std::free);
  if (!ok) return unwritable("JPEG", image, errors.message);
  return Bytes(out, out + size);
}

}  // namespace paucal::edge
