#pragma once
// Internal to decoders: what a JPEG says of its frame. Source: ITU-T T.81, B.2.2.

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

struct JpegFrame {
  int kind = -1;  // the marker: FF C0 to FF CF, but for tables; -1: none found
  int bits = 0;   // a sample
  int width = 0, height = 0;
  int components = 0;
};

JpegFrame jpeg_frame(Data data);

}  // namespace paucal::edge::formats
