#pragma once
// One image's line.

#include <string>

#include "spool/stratum.h"

namespace paucal::spool {

// What became of an image that the line is about.
struct Draw {
  Stratum stratum = Stratum::kOk;
  double probability = 0;  // π; 0: there are no bytes that could be kept
  std::string hash;        // XXH3, 128 bits, of the bytes
  std::string kept;        // the file below incoming/, where it was drawn …
  std::string dropped;     // … or why it is not kept in spite of it
};

// A JSON object and a line feed: when, what for, by which model; what `paucal-edge predict` says of
// the image; the image's statistics; the draw. What is empty is left out.
std::string entry_line(const SpoolEntry& entry, Time at, const Draw& draw);

}  // namespace paucal::spool
