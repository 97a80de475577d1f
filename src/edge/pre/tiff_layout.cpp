#include "edge/pre/tiff_layout.h"

#include <algorithm>
#include <climits>
#include <optional>

#include "base/error.h"

namespace paucal::edge::formats {
namespace {

constexpr int kMostSamples = 64;

template <class T>
T tag_of(TIFF* tiff, uint32_t tag, T missing) {
  T value = missing;
  return TIFFGetFieldDefaulted(tiff, tag, &value) ? value : missing;
}

std::optional<std::string> unread_coding(TIFF* tiff) {
  const auto coding = tag_of<uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  if (TIFFIsCODECConfigured(coding)) return std::nullopt;
  return fmt::format("compression {}, expected none, LZW, deflate, PackBits or JPEG", coding);
}

std::optional<std::string> unread_samples(TIFF* tiff, const TiffLayout& layout) {
  const auto kind = tag_of<uint16_t>(tiff, TIFFTAG_SAMPLEFORMAT, SAMPLEFORMAT_UINT);
  if (kind != SAMPLEFORMAT_UINT && kind != SAMPLEFORMAT_VOID)
    return fmt::format("{} samples of {} bits, expected unsigned ones of up to 16",
                       kind == SAMPLEFORMAT_INT      ? "signed"
                       : kind == SAMPLEFORMAT_IEEEFP ? "floating-point"
                                                     : "complex",
                       layout.bits);
  if (layout.bits < 1 || layout.bits > 16)
    return fmt::format("samples of {} bits, expected 1 to 16", layout.bits);
  if (layout.ycc_jpeg && (layout.bits != 8 || layout.separate))
    return fmt::format("JPEG of {} bits a sample{}, expected 8, together", layout.bits,
                       layout.separate ? ", planes apart" : "");
  return std::nullopt;
}

std::optional<std::string> unread_photometry(TIFF* tiff, TiffLayout& layout) {
  const bool jpeg =
      tag_of<uint16_t>(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE) == COMPRESSION_JPEG;
  // Writers of grey pictures forget the tag.
  const auto photometry = tag_of<uint16_t>(
      tiff, TIFFTAG_PHOTOMETRIC, layout.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK);
  switch (photometry) {
    case PHOTOMETRIC_MINISWHITE:
      layout.inverted = true;
      return std::nullopt;
    case PHOTOMETRIC_MINISBLACK:
    case PHOTOMETRIC_PALETTE:
      return std::nullopt;
    case PHOTOMETRIC_YCBCR:
      if (!jpeg) return "YCbCr without JPEG, expected grey, RGB or a palette";
      layout.ycc_jpeg = true;
      [[fallthrough]];
    case PHOTOMETRIC_RGB:
      layout.colours = 3;
      return std::nullopt;
    default:
      return fmt::format("{}, expected grey, RGB or a palette",
                         photometry == PHOTOMETRIC_SEPARATED ? "CMYK"
                         : photometry == PHOTOMETRIC_CFA
                             ? "raw colours of a mosaic"
                             : fmt::format("photometry {}", photometry));
  }
}

// Grey or RGB, and at most one sample more.
std::optional<std::string> unread_channels(TIFF* tiff, TiffLayout& layout) {
  if (layout.samples < layout.colours || layout.samples > layout.colours + 1)
    return fmt::format("{} samples a pixel, expected 1 or 3, and alpha", layout.samples);
  uint16_t count = 0, *kinds = nullptr;
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &count, &kinds);
  if (layout.samples == layout.colours || count == 0 || kinds == nullptr) return std::nullopt;
  layout.premultiplied = kinds[0] == EXTRASAMPLE_ASSOCALPHA;
  layout.alpha = layout.premultiplied || kinds[0] == EXTRASAMPLE_UNASSALPHA;
  return std::nullopt;
}

// Values are 16 bits; some writers fill 8 of them.
std::optional<std::string> read_palette(TIFF* tiff, TiffLayout& layout) {
  if (tag_of<uint16_t>(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) != PHOTOMETRIC_PALETTE)
    return std::nullopt;
  if (layout.bits > 8) return fmt::format("a palette of {} bits, expected up to 8", layout.bits);
  uint16_t* planes[3] = {};
  if (!TIFFGetField(tiff, TIFFTAG_COLORMAP, &planes[0], &planes[1], &planes[2]))
    return "no palette, expected one";
  const size_t count = size_t{1} << layout.bits;
  uint16_t largest = 0;
  for (const uint16_t* plane : planes)
    for (size_t i = 0; i < count; ++i) largest = std::max(largest, plane[i]);
  layout.palette.resize(count);
  layout.grey_palette = true;
  for (size_t i = 0; i < count; ++i) {
    for (size_t c = 0; c < 3; ++c)
      layout.palette[i][c] =
          static_cast<uint8_t>(largest > 255 ? (planes[c][i] + 128u) / 257 : planes[c][i]);
    const auto& [r, g, b] = layout.palette[i];
    layout.grey_palette &= r == g && g == b;
  }
  return std::nullopt;
}

std::optional<std::string> read_layout(TIFF* tiff, TiffLayout& layout) {
  if (auto unread = unread_coding(tiff)) return unread;
  if (auto unread = unread_photometry(tiff, layout)) return unread;
  if (auto unread = unread_samples(tiff, layout)) return unread;
  if (auto unread = unread_channels(tiff, layout)) return unread;
  return read_palette(tiff, layout);
}

}  // namespace

Result<TiffLayout> layout_of(const TiffFile& file, std::string& unsupported) {
  TIFF* tiff = file.get();
  const auto width = tag_of<uint32_t>(tiff, TIFFTAG_IMAGEWIDTH, 0);
  const auto height = tag_of<uint32_t>(tiff, TIFFTAG_IMAGELENGTH, 0);
  if (width == 0 || height == 0 || width > INT_MAX || height > INT_MAX)
    return failure("decode", "damaged TIFF: {}×{} pixels", width, height);
  TiffLayout layout;
  layout.width = static_cast<int>(width);
  layout.height = static_cast<int>(height);
  layout.samples = tag_of<uint16_t>(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  layout.bits = tag_of<uint16_t>(tiff, TIFFTAG_BITSPERSAMPLE, 1);
  layout.separate = layout.samples > 1 &&
                    tag_of<uint16_t>(tiff, TIFFTAG_PLANARCONFIG, 1) == PLANARCONFIG_SEPARATE;
  const int orientation = tag_of<uint16_t>(tiff, TIFFTAG_ORIENTATION, 1);
  layout.orientation = orientation >= 1 && orientation <= 8 ? orientation : 1;
  if (layout.samples < 1 || layout.samples > kMostSamples) {
    unsupported = fmt::format("a TIFF of {} samples a pixel, expected 1 to 4", layout.samples);
  } else if (const auto unread = read_layout(tiff, layout)) {
    unsupported = fmt::format("a TIFF of {}: save it as PNG", *unread);
  }
  if (!unsupported.empty()) return failure("decode", "{}", unsupported);
  return layout;
}

}  // namespace paucal::edge::formats
