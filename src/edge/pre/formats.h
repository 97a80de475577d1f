#pragma once
// Internal to decode.cpp: one pair of functions a format. probe_x() reads the header; decode_x()
// gives pixels as stored, unrotated, with 1 or 3 channels. decode.cpp checks sizes in between,
// turns the picture upright and makes the channels that were asked for.

#include <cstdint>
#include <span>

#include "base/result.h"
#include "edge/image/image.h"
#include "edge/pre/decode.h"

namespace paucal::edge::formats {

using Data = std::span<const uint8_t>;

// `channels`: what the caller wants (0, 1 or 3); a hint that saves work, not a duty.
Result<ImageInfo> probe_jpeg(Data data);
Result<Image> decode_jpeg(Data data, int channels, DecodeNotes& notes);
std::string unsupported_jpeg(Data data);  // as unsupported()

Result<ImageInfo> probe_png(Data data);
// `bits`: as in DecodeOptions. `measure`: fill notes.largest_of_16, which takes time.
Result<Image> decode_png(Data data, int bits, bool measure, DecodeNotes& notes);

Result<ImageInfo> probe_webp(Data data);
Result<Image> decode_webp(Data data);
std::string unsupported_webp(Data data);

// What the bytes seem to be: "JPEG", "PNG", "WebP", or words for a message: "a GIF image".
std::string_view sniff(Data data);

// Orientation 1–8 from a TIFF block, as EXIF holds it; 1 where there is none or it is damaged.
int exif_orientation(Data tiff);

// One sample over white.
inline uint8_t over_white(unsigned value, unsigned alpha) {
  return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

}  // namespace paucal::edge::formats
