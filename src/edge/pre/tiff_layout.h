#pragma once
// Internal to tiff.cpp: how the pixels of one page lie in a TIFF, and whether we read them.
// Source: TIFF 6.0 (Adobe, 1992).

#include <array>
#include <vector>

#include "edge/pre/tiff_file.h"

namespace paucal::edge::formats {

struct TiffLayout {
  int width = 0, height = 0;
  int samples = 1;             // a pixel, as stored
  int colours = 1;             // of them: 1 grey or index, 3 RGB
  int bits = 8;                // a sample, 1 to 16
  bool alpha = false;          // the sample behind the colours
  bool premultiplied = false;  // by alpha
  bool inverted = false;       // 0 is white
  bool separate = false;       // a plane a sample
  bool ycc_jpeg = false;       // libjpeg makes RGB of it
  int orientation = 1;
  std::vector<std::array<uint8_t, 3>> palette = {};
  bool grey_palette = false;

  // Of the picture that becomes of it.
  int channels() const { return colours == 3 || (!palette.empty() && !grey_palette) ? 3 : 1; }
};

// Of the page that the file is at. `unsupported` becomes what makes a sound file unreadable, and
// the result is then a Failure of the same words.
Result<TiffLayout> layout_of(const TiffFile& file, std::string& unsupported);

}  // namespace paucal::edge::formats
