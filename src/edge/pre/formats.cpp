#include "edge/pre/formats.h"

#include <algorithm>
#include <array>

namespace paucal::edge::formats {
namespace {

std::string nothing_unsupported(Data, int) {
  return "";
}

constexpr auto kFormats = std::to_array<Format>({
  {"JPEG", ".jpg .jpeg .jpe .jfif .jif ", is_jpeg, probe_jpeg, decode_jpeg, unsupported_jpeg},
      {"PNG", ".png ", is_png, probe_png, decode_png, nothing_unsupported},
      {"WebP", ".webp ", is_webp, probe_webp, decode_webp, unsupported_webp},
      {"BMP", ".bmp .dib ", is_bmp, probe_bmp, decode_bmp, unsupported_bmp},
      {"PNM", ".pbm .pgm .ppm .pnm ", is_pnm, probe_pnm, decode_pnm, nothing_unsupported},
#if PAUCAL_TIFF
      {"TIFF", ".tif .tiff ", is_tiff, probe_tiff, decode_tiff, unsupported_tiff},
#endif
#if PAUCAL_DICOM
      {"DICOM", ".dcm .dicom ", is_dicom, probe_dicom, decode_dicom, unsupported_dicom},
#endif
});

std::string joined_names() {
  std::string text;
  for (size_t i = 0; i < kFormats.size(); ++i) {
    if (i > 0) text += i + 1 == kFormats.size() ? " or " : ", ";
    text += kFormats[i].name;
  }
  return text;
}

}  // namespace

const Format* find(Data data) {
  const auto found = std::ranges::find_if(kFormats, [&](const Format& f) { return f.is(data); });
  return found == kFormats.end() ? nullptr : &*found;
}

const Format* find(std::string_view name) {
  const auto found = std::ranges::find(kFormats, name, &Format::name);
  return found == kFormats.end() ? nullptr : &*found;
}

const std::string& expected() {
  static const std::string text = joined_names();
  return text;
}

}  // namespace paucal::edge::formats
