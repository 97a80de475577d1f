#pragma once
// For tests only: image files of every kind, made in memory, and ways to damage them.

#include <array>
#include <string>
#include <vector>

#include "base/files.h"
#include "edge/image/image.h"

namespace paucal::edge::fixtures {

// Smooth colours, different in each channel and corner, so that a wrong turn shows.
Image gradient(int width, int height, int channels = 3);

struct PngSpec {
  int width = 0, height = 0;
  int colour_type = 0;  // PNG_COLOR_TYPE_…
  int bits = 8;
  bool interlaced = false;
  int sbit = 0;                                 // 0: no sBIT chunk
  std::vector<std::array<uint8_t, 3>> palette;  // for palette images
  std::vector<uint8_t> palette_alpha;           // tRNS of a palette
  int transparent = -1;                         // tRNS of a grey image
  Bytes exif;                                   // eXIf chunk
  std::vector<uint16_t> samples;                // width · height · samples a pixel
};
Bytes png(const PngSpec& spec);

struct JpegSpec {
  enum Kind { kCmyk, kCmykAdobe, kYcck, kProgressive } kind = kProgressive;
  int scans = 0;  // progressive: repeat the script up to this many scans; 0: as usual
};
Bytes jpeg(const Image& image, const JpegSpec& spec);  // CMYK kinds take ink = 255 - value, K = 0

Bytes webp(const Image& image, bool lossless);
Bytes webp_rgba(int width, int height, const std::vector<uint8_t>& rgba);  // lossless

struct TiffSpec {
  int width = 0, height = 0;
  int samples = 1, bits = 8;
  int photometric = 1;  // PHOTOMETRIC_…; 1: black is 0
  int compression = 1;  // COMPRESSION_…; 1: none
  int tile = 0;         // side of a tile, a multiple of 16; 0: strips of 5 rows
  bool separate = false;
  int orientation = 1;
  int extra = -1;         // EXTRASAMPLE_… of the last sample; -1: no tag
  int sample_format = 1;  // SAMPLEFORMAT_…
  int subfile = 0;        // FILETYPE_…
  std::vector<std::array<uint16_t, 3>> palette = {};
  std::vector<uint16_t> values;  // width · height · samples, of 1 to 16 bits
};
Bytes tiff(const std::vector<TiffSpec>& pages);

struct DicomSpec {
  int width = 0, height = 0, frames = 1;
  int samples = 1, bits = 8;
  int allocated = 0;       // 0: 8 or 16, as the bits need
  int high_bit = -1;       // -1: bits - 1
  bool is_signed = false;  // values as two's complement
  bool planar = false;     // values are: a plane a sample
  std::string photometry = "MONOCHROME2";
  std::string slope = {}, intercept = {};  // "": no tag
  std::string centre = {}, window_width = {}, window_kind = {};
  std::string syntax = "1.2.840.10008.1.2.1";  // what DCMTK can write
  bool preamble = true;
  bool modality_table = false;
  std::string patient = "Doe^Jane";
  std::vector<uint16_t> values;  // frames · height · width · samples, as stored
};
Bytes dicom(const DicomSpec& spec);

// A TIFF block whose one entry says `orientation`.
Bytes exif(int orientation, bool big_endian = false);
// A JPEG with an APP1 segment of it put in; a WebP turned into the extended format.
Bytes with_exif_jpeg(const Bytes& jpeg, const Bytes& exif);
Bytes with_exif_webp(const Bytes& webp, const Bytes& exif, int width, int height);

}  // namespace paucal::edge::fixtures
