#pragma once
// Internal to dicom.cpp: the elements of a DICOM file one after the other, as views into it.
// Nothing but the place of a value is looked at until somebody asks for it by its tag: whom the
// picture shows never leaves the file. Sequences are stepped over without recursion, for a file of
// 200 KiB may nest 10,000 of them, on which DCMTK's own parser runs out of stack.
// Source: DICOM PS3.5 (2023), 7, and PS3.10, 7.

#include <optional>

#include "edge/pre/formats.h"

namespace paucal::edge::formats {

// Group and element as 0xGGGGEEEE.
inline constexpr uint32_t kDicomItem = 0xFFFEE000, kDicomItemEnd = 0xFFFEE00D,
                          kDicomSequenceEnd = 0xFFFEE0DD;
inline constexpr uint32_t kDicomPixels = 0x7FE00010;

struct DicomEncoding {
  bool explicit_vr = true;  // a type stands in each element
  bool big_endian = false;
};

struct DicomElement {
  uint32_t tag = 0;
  uint32_t length = 0;     // as stated
  bool delimited = false;  // no length is stated: an end marker follows
  char type[2] = {0, 0};   // "US", "OW"; 0 where the encoding leaves it out
  Data value;              // shorter than `length` at the end of a damaged file; where delimited of
                           // the pixels alone, and to the end of the file
};

class DicomElements {
 public:
  // `data` must outlive this and what it gives.
  DicomElements(Data data, size_t at, DicomEncoding encoding)
      : data_(data), at_(std::min(at, data.size())), encoding_(encoding) {}

  // The tag that next() would give; 0 at the end.
  uint32_t peek() const;
  // None at the end, and where the file ends within a header or a sequence.
  std::optional<DicomElement> next();
  size_t at() const { return at_; }

 private:
  std::optional<DicomElement> header();
  bool skip_delimited(bool of_unknown_type);
  uint32_t number(size_t at, int bytes) const;

  Data data_;
  size_t at_;
  DicomEncoding encoding_;
};

// The encoding of elements from `at` on, where nothing states it.
DicomEncoding guess_dicom_encoding(Data data, size_t at);

}  // namespace paucal::edge::formats
