#pragma once
// Internal to decode.cpp: the table of image formats. A row's probe() reads the header; decode()
// gives pixels as stored, unrotated, with 1 or 3 channels. decode.cpp checks sizes in between,
// turns the picture upright and makes the channels that were asked for.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/image/image.h"
#include "edge/pre/decode.h"

namespace paucal::edge::formats {

using Data = std::span<const uint8_t>;

// What decode.cpp asks of a decoder.
struct Request {
  int channels = 0;      // 0, 1 or 3; a hint that saves work, not a duty
  int bits = 0;          // as in DecodeOptions
  int depth = 8;         // as in DecodeOptions
  int page = 1;          // as in DecodeOptions
  bool measure = false;  // fill notes.largest_of_16, which takes time
};

struct Format {
  std::string_view name;     // as ImageInfo::format
  std::string_view endings;  // of files, lower case, each with a space behind it
  bool (*is)(Data data);     // by the first bytes; some hundred suffice
  Result<ImageInfo> (*probe)(Data data, int page);
  Result<Image> (*decode)(Data data, const Request& request, DecodeNotes& notes);
  std::string (*unsupported)(Data data, int page);  // as unsupported()
};

// The format of the file; null where it is none of ours.
const Format* find(Data data);
// By its name; null where there is none.
const Format* find(std::string_view name);
// For messages: "JPEG, PNG, WebP, BMP or PNM".
const std::string& expected();

bool is_jpeg(Data data);
Result<ImageInfo> probe_jpeg(Data data, int page);
Result<Image> decode_jpeg(Data data, const Request& request, DecodeNotes& notes);
std::string unsupported_jpeg(Data data, int page);

bool is_png(Data data);
Result<ImageInfo> probe_png(Data data, int page);
Result<Image> decode_png(Data data, const Request& request, DecodeNotes& notes);

bool is_webp(Data data);
Result<ImageInfo> probe_webp(Data data, int page);
Result<Image> decode_webp(Data data, const Request& request, DecodeNotes& notes);
std::string unsupported_webp(Data data, int page);

bool is_bmp(Data data);
Result<ImageInfo> probe_bmp(Data data, int page);
Result<Image> decode_bmp(Data data, const Request& request, DecodeNotes& notes);
std::string unsupported_bmp(Data data, int page);

bool is_pnm(Data data);
Result<ImageInfo> probe_pnm(Data data, int page);
Result<Image> decode_pnm(Data data, const Request& request, DecodeNotes& notes);

// Through libtiff and DCMTK, which no device has: builds of the edge alone leave TIFF and DICOM out
// (PAUCAL_TIFF, PAUCAL_DICOM).
bool is_tiff(Data data);
Result<ImageInfo> probe_tiff(Data data, int page);
Result<Image> decode_tiff(Data data, const Request& request, DecodeNotes& notes);
std::string unsupported_tiff(Data data, int page);

bool is_dicom(Data data);
Result<ImageInfo> probe_dicom(Data data, int page);
Result<Image> decode_dicom(Data data, const Request& request, DecodeNotes& notes);
std::string unsupported_dicom(Data data, int page);

// What the bytes of a file that is none of ours seem to be, in words for a message: "a GIF image".
std::string_view sniff(Data data);

// Whether `bytes` stand at `offset`.
inline bool has_at(Data data, size_t offset, std::string_view bytes) {
  if (data.size() < offset + bytes.size()) return false;
  return std::equal(bytes.begin(), bytes.end(), data.begin() + static_cast<ptrdiff_t>(offset),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

// Orientation 1–8 from a TIFF block, as EXIF holds it; 1 where there is none or it is damaged.
int exif_orientation(Data tiff);

// One sample over white.
inline uint8_t over_white(unsigned value, unsigned alpha) {
  return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace paucal::edge::formats
