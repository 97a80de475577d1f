#pragma once
// Internal to dicom.cpp: how the pixels of a DICOM file lie in it, what its values mean, and
// whether we read them. Source: DICOM PS3.3 (2023), C.7.6.3 and C.11; PS3.5, 8 and A.

#include <optional>
#include <string>

#include "edge/pre/dicom_elements.h"
#include "edge/pre/dicom_syntax.h"

namespace paucal::edge::formats {

// What of the values is shown. PS3.3, C.11.2.1.
struct DicomWindow {
  enum Kind { kLinear, kLinearExact, kSigmoid } kind = kLinear;
  double centre = 0, width = 1;

  // 0 black to 1 white, of a value after slope and intercept.
  double of(double value) const;
};

struct DicomLayout {
  enum class Colours { kGrey, kRgb, kYbr, kYbr422 };

  int width = 0, height = 0, frames = 1;
  int samples = 1;     // a pixel: 1 or 3
  int bits = 8;        // a sample, 1 to 16 …
  int allocated = 8;   // … of 8 or 16 that it takes …
  int lowest_bit = 0;  // … from this one on
  bool is_signed = false;
  bool inverted = false;  // the lowest value is white
  bool planar = false;    // a plane a sample
  Colours colours = Colours::kGrey;
  double slope = 1, intercept = 0;
  std::optional<DicomWindow> window;
  DicomSyntax syntax;
  bool swapped = false;  // two bytes each, where samples take one
  Data pixels;           // all frames

  size_t pixel_count() const { return static_cast<size_t>(width) * static_cast<size_t>(height); }
  // Of a frame that is not compressed.
  size_t frame_bytes() const;
  unsigned white() const { return (1u << bits) - 1; }
};

// `unsupported` becomes what makes a sound file unreadable, and the result is then a Failure of the
// same words.
Result<DicomLayout> dicom_layout_of(Data data, std::string& unsupported);

}  // namespace paucal::edge::formats
