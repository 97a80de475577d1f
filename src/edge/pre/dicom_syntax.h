#pragma once
// Internal to dicom.cpp: transfer syntaxes, and compressed frames through DCMTK. The one file that
// knows DCMTK is dicom_syntax.cpp.

#include <string>
#include <string_view>

#include "edge/pre/dicom_elements.h"

namespace paucal::edge::formats {

struct DicomLayout;

// How a file encodes its elements and pixels. Source: DICOM PS3.5, 10 and A.
struct DicomSyntax {
  DicomEncoding encoding;
  bool compressed = false;
  bool jpeg = false;
  int dcmtk = -1;           // its number for DCMTK
  std::string unread = "";  // its name where we do not read it
};

// By the UID of the file.
DicomSyntax dicom_syntax(std::string_view uid);

// The samples of one frame whose compressed bytes are `frame`, interleaved, of allocated bits as
// this machine has them. `layout.colours` becomes what they are now. layout.frame_bytes() have been
// found to be worth allocating.
Result<std::vector<uint8_t>> decompress_dicom(DicomLayout& layout, Data frame);

}  // namespace paucal::edge::formats
