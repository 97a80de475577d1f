#include "edge/pre/fixtures.h"

#include <png.h>
#include <webp/encode.h>

#include <cstdio>
#include <cstdlib>
// After cstdio: jpeglib.h needs FILE.
#include <jpeglib.h>

namespace paucal::edge::fixtures {
namespace {

void append(png_structp png, png_bytep data, size_t size) {
  auto* out = static_cast<Bytes*>(png_get_io_ptr(png));
  out->insert(out->end(), data, data + size);
}

void write_header(png_structp png, png_infop info, const PngSpec& spec) {
  png_set_IHDR(png, info, spec.width, spec.height, spec.bits, spec.colour_type,
               spec.interlaced ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (spec.sbit != 0) {
    const auto bits = static_cast<png_byte>(spec.sbit);
    const png_color_8 sbit{bits, bits, bits, bits, bits};
    png_set_sBIT(png, info, &sbit);
  }
  std::vector<png_color> palette;
  for (const auto& [r, g, b] : spec.palette) palette.push_back({r, g, b});
  if (!palette.empty()) png_set_PLTE(png, info, palette.data(), static_cast<int>(palette.size()));
  if (!spec.palette_alpha.empty())
    png_set_tRNS(png, info, spec.palette_alpha.data(), static_cast<int>(spec.palette_alpha.size()),
                 nullptr);
  if (spec.transparent >= 0) {
    png_color_16 colour{};
    colour.gray = static_cast<png_uint_16>(spec.transparent);
    png_set_tRNS(png, info, nullptr, 0, &colour);
  }
  if (!spec.exif.empty())
    png_set_eXIf_1(png, info, static_cast<png_uint_32>(spec.exif.size()),
                   const_cast<png_bytep>(spec.exif.data()));
}

void put_big_endian(Bytes& out, uint32_t value, int size) {
  for (int i = size - 1; i >= 0; --i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}
void put_little_endian(Bytes& out, uint32_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

}  // namespace

Image gradient(int width, int height, int channels) {
  Image image(width, height, channels);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < channels; ++c)
        image.at(x, y, c) = static_cast<uint8_t>(
            20 + 200 * (c == 1 ? width - 1 - x : x) / width * (c == 2 ? 1 : 2) / 3 +
            60 * y / height);
  return image;
}

Bytes png(const PngSpec& spec) {
  Bytes out;
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_set_write_fn(png, &out, append, nullptr);
  write_header(png, info, spec);
  png_write_info(png, info);
  if (spec.bits < 8) png_set_packing(png);
  const size_t bytes_a_sample = spec.bits == 16 ? 2 : 1;
  Bytes packed;
  for (const uint16_t sample : spec.samples) put_big_endian(packed, sample, bytes_a_sample);
  const size_t stride = packed.size() / spec.height;
  const int passes = spec.interlaced ? png_set_interlace_handling(png) : 1;
  for (int pass = 0; pass < passes; ++pass)
    for (int y = 0; y < spec.height; ++y) png_write_row(png, packed.data() + y * stride);
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return out;
}

Bytes jpeg(const Image& image, const JpegSpec& spec) {
  const bool cmyk = spec.kind != JpegSpec::kProgressive;
  const bool adobe = spec.kind == JpegSpec::kCmykAdobe || spec.kind == JpegSpec::kYcck;
  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* out = nullptr;
  unsigned long size = 0;  // NOLINT: libjpeg's type
  jpeg_mem_dest(&info, &out, &size);
  info.image_width = image.width;
  info.image_height = image.height;
  info.input_components = cmyk ? 4 : image.channels;
  info.in_color_space = cmyk ? JCS_CMYK : image.channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 98, TRUE);
  if (spec.kind == JpegSpec::kYcck) jpeg_set_colorspace(&info, JCS_YCCK);
  if (cmyk) info.write_Adobe_marker = adobe;
  std::vector<jpeg_scan_info> script;
  if (!cmyk) jpeg_simple_progression(&info);
  if (spec.scans > 0) {
    // Legal, and as many as one likes up to 190: each scan has one coefficient of one component.
    script.push_back({info.num_components, {0, 1, 2}, 0, 0, 0, 0});
    for (int c = 0; c < info.num_components; ++c)
      for (int k = 1; k < 64 && static_cast<int>(script.size()) < spec.scans; ++k)
        script.push_back({1, {c}, k, k, 0, 0});
    info.scan_info = script.data();
    info.num_scans = static_cast<int>(script.size());
  }
  jpeg_start_compress(&info, TRUE);
  for (int y = 0; y < image.height; ++y) {
    Bytes row;
    for (int x = 0; x < image.width; ++x) {
      // With Adobe's marker the samples are inverted ink, else ink.
      for (int c = 0; c < (cmyk ? 3 : image.channels); ++c)
        row.push_back(cmyk && !adobe ? 255 - image.at(x, y, c) : image.at(x, y, c));
      if (cmyk) row.push_back(adobe ? 255 : 0);
    }
    uint8_t* rows = row.data();
    jpeg_write_scanlines(&info, &rows, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  Bytes bytes(out, out + size);
  std::free(out);
  return bytes;
}

Bytes webp(const Image& image, bool lossless) {
  uint8_t* out = nullptr;
  const int stride = image.width * 3;
  const size_t size =
      lossless ? WebPEncodeLosslessRGB(image.pixels.data(), image.width, image.height, stride, &out)
               : WebPEncodeRGB(image.pixels.data(), image.width, image.height, stride, 95, &out);
  Bytes bytes(out, out + size);
  WebPFree(out);
  return bytes;
}

Bytes webp_rgba(int width, int height, const std::vector<uint8_t>& rgba) {
  uint8_t* out = nullptr;
  const size_t size = WebPEncodeLosslessRGBA(rgba.data(), width, height, width * 4, &out);
  Bytes bytes(out, out + size);
  WebPFree(out);
  return bytes;
}

Bytes exif(int orientation, bool big_endian) {
  const auto put = big_endian ? put_big_endian : put_little_endian;
  Bytes out;
  out.reserve(26);
  out.assign(2, big_endian ? 'M' : 'I');
  put(out, 42, 2);
  put(out, 8, 4);       // where the directory begins
  put(out, 1, 2);       // one entry
  put(out, 0x0112, 2);  // orientation
  put(out, 3, 2);       // a SHORT
  put(out, 1, 4);
  put(out, orientation, 2);
  put(out, 0, 2);
  put(out, 0, 4);
  return out;
}

Bytes with_exif_jpeg(const Bytes& jpeg, const Bytes& exif) {
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  put_big_endian(out, 0xFFE1, 2);
  put_big_endian(out, static_cast<uint32_t>(exif.size()) + 8, 2);
  for (const char c : {'E', 'x', 'i', 'f', '\0', '\0'}) out.push_back(c);
  out.insert(out.end(), exif.begin(), exif.end());
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

Bytes with_exif_webp(const Bytes& webp, const Bytes& exif, int width, int height) {
  const auto put_name = [](Bytes& out, std::string_view name) {
    for (const char c : name) out.push_back(static_cast<uint8_t>(c));
  };
  Bytes body;
  put_name(body, "WEBP");
  put_name(body, "VP8X");
  put_little_endian(body, 10, 4);
  put_little_endian(body, 0x08, 4);  // there is EXIF
  put_little_endian(body, width - 1, 3);
  put_little_endian(body, height - 1, 3);
  body.insert(body.end(), webp.begin() + 12, webp.end());
  put_name(body, "EXIF");
  put_little_endian(body, static_cast<uint32_t>(exif.size()), 4);
  body.insert(body.end(), exif.begin(), exif.end());
  Bytes out;
  put_name(out, "RIFF");
  put_little_endian(out, static_cast<uint32_t>(body.size()), 4);
  out.insert(out.end(), body.begin(), body.end());
  return out;
}

}  // namespace paucal::edge::fixtures
