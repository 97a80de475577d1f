#pragma once
// Internal to bmp.cpp: BMP's run lengths.

#include "edge/pre/bmp_header.h"

namespace paucal::edge::formats {

// Indices into the palette, rows from the top. `data` begins with the first run. Pixels that the
// runs jump over have the index 0. Runs that leave the picture, and a file that ends before its
// last row does, are a Failure; a missing end mark is a flaw.
Result<std::vector<uint8_t>> unpack_bmp_runs(const BmpHeader& header, Data data,
                                             DecodeNotes& notes);

}  // namespace paucal::edge::formats
