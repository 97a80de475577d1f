#pragma once
// Image files → pixels: JPEG, PNG and WebP, told apart by content and never by name. Input is
// hostile: every size is checked before memory is taken, and damaged or truncated data is a
// Failure, never a half-grey picture.
//
// What the pixels mean:
//  - EXIF orientation 1–8 is applied (JPEG APP1, PNG eXIf, WebP EXIF).
//  - Colour → grey is the luma of BT.601, as JPEG stores it. CMYK and YCCK become RGB without a
//    colour profile; a file with Adobe's marker holds inverted ink, as Photoshop writes it.
//  - Alpha is composited over white. Dropping it would show what the writer left underneath,
//    mostly black, which looks like an object.
//  - 16-bit PNG is scaled to 8 bits, v · 255 / 65535 rounded, the same for every image. Only where
//    sBIT states b < 16 bits, and the samples are indeed right-aligned (against the
//    specification, but as 12-bit cameras write), it is v · 255 / (2^b - 1).

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/result.h"
#include "edge/image/image.h"

namespace paucal::edge {

struct DecodeOptions {
  int channels = 3;                  // 1 grey, 3 RGB, 0 as stored (grey → 1, else 3)
  int64_t max_pixels = 150'000'000;  // larger images are refused before they are allocated
};

struct ImageInfo {
  int width = 0;  // after orientation
  int height = 0;
  int channels = 0;     // 1 or 3, as stored, without alpha
  int bits = 0;         // of a stored sample
  std::string format;   // "JPEG", "PNG" or "WebP"
  int orientation = 1;  // as in EXIF, 1–8
};

// Reads the header alone.
Result<ImageInfo> probe_image(std::span<const uint8_t> data);

Result<Image> decode_image(std::span<const uint8_t> data, const DecodeOptions& options = {});

// The message begins with the path: "'a.jpg': 0 bytes, expected JPEG, PNG or WebP".
Result<Image> read_image(const std::filesystem::path& path, const DecodeOptions& options = {});

}  // namespace paucal::edge
