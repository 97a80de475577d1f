#pragma once
// Image files → pixels: JPEG, PNG, WebP, BMP, PNM (PBM, PGM, PPM) and, but for builds of the edge
// alone, TIFF and DICOM, told apart by content and never by name. Input is hostile: every size is
// checked before memory is taken, and damaged or truncated data is a Failure, never a half-grey
// picture.
//
// What the pixels mean:
//  - Orientation 1–8 is applied (JPEG APP1, PNG eXIf, WebP EXIF, TIFF's own tag).
//  - Colour → grey is the luma of BT.601, as JPEG stores it. CMYK and YCCK become RGB without a
//    colour profile; a file with Adobe's marker holds inverted ink, as Photoshop writes it.
//  - Alpha is composited over white. Dropping it would show what the writer left underneath,
//    mostly black, which looks like an object.
//  - More than 8 bits are scaled to 8, v · 255 / 65535 rounded, the same for every image, or to 16
//    where DecodeOptions::depth is 16 (Image::deep). PNM scales by its maxval, a TIFF of b < 16
//    bits by 2^b - 1. Only where a 16-bit PNG's sBIT states b < 16 bits, and the samples are indeed
//    right-aligned (against the specification, but as 12-bit cameras write), it is v · 255 / (2^b -
//    1). DecodeOptions::bits says so for files without sBIT.
//  - Grey values of a DICOM are seen through its first window (slope and intercept before it), or
//  as
//    all that their bits can hold, 2^b - 1 being white; MONOCHROME1 is turned round. Nothing else
//    of the file is read: whom it shows stands in no message.
//  - What costs no pixel is no damage: a missing end marker, the checksum of a comment.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "edge/image/image.h"

namespace paucal::edge {

inline constexpr int64_t kMaxPixels = 150'000'000;

struct DecodeOptions {
  int channels = 3;                 // 1 grey, 3 RGB, 0 as stored (grey → 1, else 3)
  int64_t max_pixels = kMaxPixels;  // larger images are refused before they are allocated
  int bits = 0;   // 8 to 16: of samples that stand right-aligned in 16; 0: as the file says
  int depth = 8;  // 16: keeps what has more than 8 bits, in Image::deep
  int page = 1;   // of a TIFF, or a frame of a DICOM
};

// What a person should know of a file that was decoded.
struct DecodeNotes {
  std::string flaw;        // what is wrong with it and costs no pixel: "no end marker"
  int largest_of_16 = -1;  // the largest grey or colour sample where they have 16 bits …
  int full_of_16 = 65535;  // … and what became white
};

struct ImageInfo {
  int width = 0;  // after orientation
  int height = 0;
  int channels = 0;     // 1 or 3, as stored, without alpha
  int bits = 0;         // of a stored sample
  std::string format;   // "JPEG", "PNG", "WebP", "BMP", "PNM", "TIFF" or "DICOM"
  int orientation = 1;  // as in EXIF, 1–8
  bool alpha = false;   // of some of its pixels, maybe
  int pages = 1;        // of a TIFF: pictures, without thumbnails and masks; frames of a DICOM
};

// Reads the header alone; of a TIFF all headers, which may stand anywhere.
Result<ImageInfo> probe_image(std::span<const uint8_t> data, int page = 1);

// The format that the bytes begin like, as ImageInfo::format; "" where it is none of ours.
std::string_view format_of(std::span<const uint8_t> data);
// Whether files of this format have this ending (".JPG").
bool ending_fits(std::string_view format, std::string_view ending);

// `notes`: may be null.
Result<Image> decode_image(std::span<const uint8_t> data, const DecodeOptions& options = {},
                           DecodeNotes* notes = nullptr);

// Why a file that may well be sound is not read, and what to save it as: another image format, 12
// bits a JPEG sample, an animation. "" for all other files. Looks at the header alone.
std::string unsupported(std::span<const uint8_t> data, int page = 1);

// The message begins with the path: "'a.jpg': 0 bytes, expected JPEG, PNG, …".
Result<Image> read_image(const std::filesystem::path& path, const DecodeOptions& options = {});

}  // namespace paucal::edge
