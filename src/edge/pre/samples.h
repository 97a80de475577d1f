#pragma once
// Internal to decoders: samples of up to 16 bits as a file stores them, and what becomes of them.

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

// Interleaved, rows from the top.
struct Samples {
  int width = 0, height = 0;
  int channels = 0;                             // 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha
  unsigned white = 65535, alpha_white = 65535;  // the values that are white, and opaque
  std::vector<uint16_t> values = {};

  size_t stride() const { return static_cast<size_t>(width) * static_cast<size_t>(channels); }
  size_t count() const { return stride() * static_cast<size_t>(height); }
};

// The samples over white, at 8 or 16 bits as the request says; request.bits goes before `white`.
// Fills `notes`.
Image to_image(const Samples& samples, const Request& request, DecodeNotes& notes);

// 8-bit samples with alpha, 2 or 4 channels, over white into `image`, which has one less.
void lay_over_white(const std::vector<uint8_t>& samples, int channels, Image& image);

}  // namespace paucal::edge::formats
