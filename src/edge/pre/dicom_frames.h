#pragma once
// Internal to dicom.cpp: where the bytes of one frame lie among all of a DICOM file.

#include <string>

#include "edge/pre/dicom_layout.h"

namespace paucal::edge::formats {

// What is missing of the pixels that the header promises, before memory is taken for them; "" where
// nothing is.
std::string missing_frames(const DicomLayout& layout);

// The bytes of a frame, from 1, of a file without missing frames: as stored, decompressed where
// they are compressed; see decompress_dicom().
Result<std::vector<uint8_t>> dicom_frame(DicomLayout& layout, int frame);

}  // namespace paucal::edge::formats
