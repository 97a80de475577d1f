// TIFF through libtiff: strips and tiles, 1 to 16 bits, grey, RGB and palettes, planes together or
// apart. All other forms are named.
#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "edge/pre/samples.h"
#include "edge/pre/tiff_layout.h"

namespace paucal::edge::formats {
namespace {

// Pixels that a byte of the file holds at most, for what cannot pack more.
constexpr uint64_t kMostPacked = 4096;

// libtiff gives samples of 8 and 16 bits as the machine has them; others stand bit by bit, the
// highest first.
unsigned sample_at(const uint8_t* row, int bits, uint64_t i) {
  if (bits == 8) return row[i];
  if (bits == 16) {
    uint16_t value;
    std::memcpy(&value, row + 2 * i, sizeof value);
    return value;
  }
  unsigned value = 0;
  for (uint64_t bit = i * static_cast<unsigned>(bits), end = bit + static_cast<unsigned>(bits);
       bit < end; ++bit)
    value = value << 1 | (row[bit / 8] >> (7 - bit % 8) & 1u);
  return value;
}

// A piece of the picture: rows of one tile or one line, of all samples or of one plane.
struct Piece {
  int x, y, width, height;  // within the picture
  size_t row_bytes;
  int plane;  // where they are apart
};

void put_piece(const TiffLayout& layout, const Piece& piece, const uint8_t* bytes,
               std::vector<uint16_t>& samples) {
  const auto all = static_cast<size_t>(layout.samples);
  const size_t here = layout.separate ? 1 : all;
  for (int y = 0; y < piece.height; ++y) {
    const uint8_t* row = bytes + static_cast<size_t>(y) * piece.row_bytes;
    size_t out = (static_cast<size_t>(piece.y + y) * static_cast<size_t>(layout.width) +
                  static_cast<size_t>(piece.x)) *
                     all +
                 static_cast<size_t>(layout.separate ? piece.plane : 0);
    size_t in = 0;
    for (int x = 0; x < piece.width; ++x, out += all)
      for (size_t s = 0; s < here; ++s)
        samples[out + s] = static_cast<uint16_t>(sample_at(row, layout.bits, in++));
  }
}

// Bytes of a row of `width` pixels.
size_t row_bytes_of(const TiffLayout& layout, uint32_t width) {
  const uint64_t samples = layout.separate ? 1 : static_cast<uint64_t>(layout.samples);
  return (uint64_t{width} * samples * static_cast<unsigned>(layout.bits) + 7) / 8;
}

bool read_tiles(TiffFile& file, const TiffLayout& layout, std::vector<uint16_t>& samples) {
  TIFF* tiff = file.get();
  uint32_t width = 0, height = 0;
  TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &width);
  TIFFGetField(tiff, TIFFTAG_TILELENGTH, &height);
  const size_t row_bytes = row_bytes_of(layout, width);
  const auto size = static_cast<size_t>(std::max<tmsize_t>(0, TIFFTileSize(tiff)));
  if (width == 0 || height == 0 || size / row_bytes < height ||
      size > static_cast<size_t>(file.most_at_once()))
    return false;
  std::vector<uint8_t> bytes(size);
  for (int plane = 0; plane < (layout.separate ? layout.samples : 1); ++plane)
    for (int64_t y = 0; y < layout.height; y += height)
      for (int64_t x = 0; x < layout.width; x += width) {
        const auto read = TIFFReadTile(tiff, bytes.data(), static_cast<uint32_t>(x),
                                       static_cast<uint32_t>(y), 0, static_cast<uint16_t>(plane));
        if (read < 0 || !file.message().empty()) return false;
        put_piece(
            layout,
            {static_cast<int>(x), static_cast<int>(y),
             static_cast<int>(std::min<int64_t>(width, layout.width - x)),
             static_cast<int>(std::min<int64_t>(height, layout.height - y)), row_bytes, plane},
            bytes.data(), samples);
      }
  return true;
}

bool read_lines(TiffFile& file, const TiffLayout& layout, std::vector<uint16_t>& samples) {
  TIFF* tiff = file.get();
  const size_t row_bytes = row_bytes_of(layout, static_cast<uint32_t>(layout.width));
  const auto size = static_cast<size_t>(std::max<tmsize_t>(0, TIFFScanlineSize(tiff)));
  if (size < row_bytes) return false;
  std::vector<uint8_t> bytes(size);
  for (int plane = 0; plane < (layout.separate ? layout.samples : 1); ++plane)
    for (int y = 0; y < layout.height; ++y) {
      const int read = TIFFReadScanline(tiff, bytes.data(), static_cast<uint32_t>(y),
                                        static_cast<uint16_t>(plane));
      if (read < 0 || !file.message().empty()) return false;
      put_piece(layout, {0, y, layout.width, 1, row_bytes, plane}, bytes.data(), samples);
    }
  return true;
}

// Colours of one sample, or one and alpha: index → RGB or grey.
Samples coloured(const TiffLayout& layout, const std::vector<uint16_t>& stored) {
  Samples out{layout.width, layout.height, layout.channels()};
  out.white = out.alpha_white = 255;
  out.values.resize(out.count());
  const auto step = static_cast<size_t>(layout.samples),
             channels = static_cast<size_t>(out.channels);
  for (size_t i = 0; i * step < stored.size(); ++i)
    std::copy_n(layout.palette[stored[i * step]].begin(), channels, &out.values[i * channels]);
  return out;
}

// Without samples that mean nothing to us, black being 0, and not multiplied by alpha.
Samples plain(const TiffLayout& layout, const std::vector<uint16_t>& stored) {
  Samples out{layout.width, layout.height, layout.colours + layout.alpha};
  const unsigned white = (1u << layout.bits) - 1;
  out.white = out.alpha_white = white;
  out.values.resize(out.count());
  const auto step = static_cast<size_t>(layout.samples),
             channels = static_cast<size_t>(out.channels),
             colours = static_cast<size_t>(layout.colours);
  for (size_t i = 0; i * step < stored.size(); ++i) {
    const uint16_t* in = &stored[i * step];
    uint16_t* to = &out.values[i * channels];
    for (size_t c = 0; c < channels; ++c) to[c] = in[c];
    for (size_t c = 0; c < colours; ++c) {
      if (layout.premultiplied && in[colours] > 0)
        to[c] =
            static_cast<uint16_t>(std::min<uint64_t>(white, uint64_t{in[c]} * white / in[colours]));
      if (layout.inverted) to[c] = static_cast<uint16_t>(white - to[c]);
    }
  }
  return out;
}

// Whether the header promises more than the file can hold: memory for it would be taken in vain.
bool promises_too_much(const TiffFile& file, const TiffLayout& layout, Data data) {
  uint16_t coding = COMPRESSION_NONE;
  TIFFGetFieldDefaulted(file.get(), TIFFTAG_COMPRESSION, &coding);
  const bool bounded = coding == COMPRESSION_NONE || coding == COMPRESSION_LZW ||
                       coding == COMPRESSION_PACKBITS || coding == COMPRESSION_JPEG ||
                       coding == COMPRESSION_DEFLATE || coding == COMPRESSION_ADOBE_DEFLATE;
  const uint64_t rows = static_cast<uint64_t>(layout.height) *
                        (layout.separate ? static_cast<uint64_t>(layout.samples) : 1);
  const uint64_t promised = rows * row_bytes_of(layout, static_cast<uint32_t>(layout.width));
  return bounded && promised / (coding == COMPRESSION_NONE ? 1 : kMostPacked) > data.size();
}

}  // namespace

bool is_tiff(Data data) {
  using namespace std::string_view_literals;
  for (const auto magic : {"II*\0"sv, "MM\0*"sv, "II+\0"sv, "MM\0+"sv})
    if (has_at(data, 0, magic)) return true;
  return false;
}

Result<ImageInfo> probe_tiff(Data data, int page) {
  TiffFile file(data);
  if (!file.is_open()) return file.damage();
  const int pages = file.count_pages();
  if (pages == 0)
    return failure("decode", "a TIFF of thumbnails and masks alone, expected a picture");
  if (!file.go_to(page)) return file.damage();
  std::string unsupported;
  const auto layout = layout_of(file, unsupported);
  if (!layout.ok()) return layout.failure();
  ImageInfo result;
  result.width = layout->width;
  result.height = layout->height;
  result.channels = layout->channels();
  result.bits = layout->bits > 8 ? layout->bits : 8;
  result.format = "TIFF";
  result.orientation = layout->orientation;
  result.alpha = layout->alpha;
  result.pages = pages;
  return result;
}

Result<Image> decode_tiff(Data data, const Request& request, DecodeNotes& notes) {
  TiffFile file(data);
  if (!file.go_to(request.page)) return file.damage();
  std::string unsupported;
  const auto layout = layout_of(file, unsupported);
  if (!layout.ok()) return layout.failure();
  if (promises_too_much(file, *layout, data))
    return failure("decode", "damaged TIFF: {} bytes, expected more for {}×{} pixels of {} bits",
                   data.size(), layout->width, layout->height, layout->bits * layout->samples);
  if (layout->ycc_jpeg) TIFFSetField(file.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  std::vector<uint16_t> stored(static_cast<size_t>(layout->width) *
                               static_cast<size_t>(layout->height) *
                               static_cast<size_t>(layout->samples));
  const bool whole = TIFFIsTiled(file.get()) ? read_tiles(file, *layout, stored)
                                             : read_lines(file, *layout, stored);
  if (!whole) return file.damage();
  if (layout->bits > 8) return to_image(plain(*layout, stored), request, notes);
  DecodeNotes unread;
  return to_image(layout->palette.empty() ? plain(*layout, stored) : coloured(*layout, stored), {},
                  unread);
}

std::string unsupported_tiff(Data data, int page) {
  TiffFile file(data);
  std::string unsupported;
  if (file.go_to(page)) (void)layout_of(file, unsupported);
  return unsupported;
}

}  // namespace paucal::edge::formats
