// BMP: palettes, 16 to 32 bits, bit fields, run lengths; from the bottom or the top.
#include <algorithm>
#include <bit>
#include <climits>

#include "base/error.h"
#include "edge/pre/bmp_header.h"
#include "edge/pre/bmp_runs.h"
#include "edge/pre/bytes.h"
#include "edge/pre/samples.h"

namespace paucal::edge::formats {
namespace {

// One colour of a pixel of 16 or 32 bits, 0 … 255; `missing` where it has no mask.
uint8_t field_of(uint32_t pixel, uint32_t mask, uint8_t missing) {
  if (mask == 0) return missing;
  const uint32_t full = mask >> std::countr_zero(mask);
  const uint64_t value = (pixel & mask) >> std::countr_zero(mask);
  return static_cast<uint8_t>((value * 255 + full / 2) / full);
}

void put_colour(const BmpHeader& header, unsigned index, uint8_t* out) {
  static constexpr std::array<uint8_t, 3> kBlack = {};
  const auto& colour = index < header.palette.size() ? header.palette[index] : kBlack;
  std::copy_n(colour.begin(), header.grey ? 1 : 3, out);
}

void unpack_indices(const BmpHeader& header, const uint8_t* in, uint8_t* out) {
  const int per_byte = 8 / header.bits, channels = header.grey ? 1 : 3;
  const unsigned mask = (1u << header.bits) - 1;
  for (int x = 0; x < header.width; ++x, out += channels) {
    const int shift = 8 - header.bits * (x % per_byte + 1);
    put_colour(header, in[x / per_byte] >> shift & mask, out);
  }
}

// RGBA.
void unpack_fields(const BmpHeader& header, Data row, uint8_t* out) {
  const auto bytes = static_cast<uint64_t>(header.bits / 8);
  for (uint64_t x = 0; x < static_cast<uint64_t>(header.width); ++x, out += 4) {
    const uint32_t pixel = bytes == 2 ? u16_at(row, x * bytes) : u32_at(row, x * bytes);
    for (size_t c = 0; c < 4; ++c) out[c] = field_of(pixel, header.masks[c], c == 3 ? 255 : 0);
  }
}

// Many writers leave an alpha that they never filled: where all of it is 0, nothing is meant.
void mend_alpha(std::vector<uint8_t>& rgba) {
  for (size_t i = 3; i < rgba.size(); i += 4)
    if (rgba[i] != 0) return;
  for (size_t i = 3; i < rgba.size(); i += 4) rgba[i] = 255;
}

Data row_of(const BmpHeader& header, Data data, int y) {
  const int stored = header.top_down ? y : header.height - 1 - y;
  const auto from = header.pixels_at + static_cast<uint64_t>(stored) * header.stride();
  return data.subspan(from, std::min(header.stride(), data.size() - from));
}

Image decode_fields(const BmpHeader& header, Data data) {
  Image image(header.width, header.height, 3);
  const size_t stride = static_cast<size_t>(header.width) * 4;
  std::vector<uint8_t> rgba(stride * static_cast<size_t>(header.height));
  for (int y = 0; y < header.height; ++y)
    unpack_fields(header, row_of(header, data, y), &rgba[static_cast<size_t>(y) * stride]);
  if (header.masks[3] != 0) mend_alpha(rgba);
  lay_over_white(rgba, 4, image);
  return image;
}

Image decode_raw(const BmpHeader& header, Data data) {
  if (header.bits == 16 || header.bits == 32) return decode_fields(header, data);
  Image image(header.width, header.height, header.bits == 24 || !header.grey ? 3 : 1);
  for (int y = 0; y < header.height; ++y) {
    const Data in = row_of(header, data, y);
    uint8_t* out = image.row(y);
    if (header.bits < 24) {
      unpack_indices(header, in.data(), out);
      continue;
    }
    for (int i = 0; i < 3 * header.width; i += 3)
      for (int c = 0; c < 3; ++c) out[i + c] = in[static_cast<size_t>(i + 2 - c)];
  }
  return image;
}

Result<Image> decode_runs(const BmpHeader& header, Data data, DecodeNotes& notes) {
  const auto indices = unpack_bmp_runs(header, data.subspan(header.pixels_at), notes);
  if (!indices.ok()) return indices.failure();
  const int channels = header.grey ? 1 : 3;
  Image image(header.width, header.height, channels);
  for (size_t i = 0; i < indices->size(); ++i)
    put_colour(header, (*indices)[i], &image.pixels[i * static_cast<size_t>(channels)]);
  return image;
}

}  // namespace

bool is_bmp(Data data) {
  if (!has_at(data, 0, "BM")) return false;
  // "BM" begins many a text; the size of the next header holds zeros.
  const Data size = data.subspan(std::min<size_t>(14, data.size()));
  return size.size() < 4 ? std::ranges::count(data, 0) > 0 : u32_at(size, 0) <= 124;
}

Result<ImageInfo> probe_bmp(Data data, int) {
  const auto header = read_bmp_header(data);
  if (!header.ok()) return header.failure();
  ImageInfo result;
  result.width = header->width;
  result.height = header->height;
  result.channels = header->grey ? 1 : 3;
  result.bits = 8;
  result.format = "BMP";
  result.alpha = header->masks[3] != 0;
  return result;
}

Result<Image> decode_bmp(Data data, const Request&, DecodeNotes& notes) {
  const auto header = read_bmp_header(data);
  if (!header.ok()) return header.failure();
  if (header->run_length()) return decode_runs(*header, data, notes);
  // The last row may come without its padding.
  const uint64_t row = (static_cast<uint64_t>(header->width) * header->bits + 7) / 8;
  const uint64_t needed =
      header->pixels_at + header->stride() * (static_cast<uint64_t>(header->height) - 1) + row;
  if (needed > data.size())
    return failure("decode", "damaged BMP: {} bytes, expected {} for {}×{} pixels of {} bits",
                   data.size(), needed, header->width, header->height, header->bits);
  return decode_raw(*header, data);
}

std::string unsupported_bmp(Data data, int) {
  const uint32_t size = u32_at(data, 14), coding = u32_at(data, 30);
  if (size < 40 || data.size() < 34) return "";
  if (coding == 4 || coding == 5)
    return fmt::format("a BMP that wraps a {}, expected pixels: save it as PNG",
                       coding == 4 ? "JPEG" : "PNG");
  if (size == 64 && coding >= 3)
    return "an OS/2 BMP of Huffman or 24-bit run lengths, expected plain pixels: save it as PNG";
  return "";
}

}  // namespace paucal::edge::formats
