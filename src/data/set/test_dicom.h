#pragma once
// For tests only: DICOMs of grey frames, uncompressed.

#include <string>
#include <string_view>

#include "base/files.h"
#include "edge/image/image.h"

namespace paucal::data {

// Frames of one size, of 8 bits, or of 16 where the first is deep, of a patient of this name.
// PS3.5: an element is group, number, type, length, value, all of even length; here little-endian.
inline Bytes dicom_of(const std::vector<edge::Image>& frames, std::string_view patient,
                      std::string_view syntax = "1.2.840.10008.1.2.1") {
  using namespace std::string_view_literals;
  Bytes out(128);
  const auto put = [&out](uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  const auto add = [&out](std::string_view bytes) {
    out.insert(out.end(), bytes.begin(), bytes.end());
  };
  const auto text = [&](uint32_t tag, std::string_view type, std::string_view value) {
    put(tag >> 16, 2);
    put(tag & 0xFFFF, 2);
    add(type);
    put(value.size() + value.size() % 2, 2);
    add(value);
    if (value.size() % 2) out.push_back(type == "UI" ? 0 : ' ');
  };
  const auto number = [&](uint32_t tag, int value) {
    const char bytes[] = {static_cast<char>(value), static_cast<char>(value >> 8)};
    text(tag, "US", {bytes, 2});
  };
  const edge::Image& first = frames[0];
  const int bits = first.is_deep() ? 16 : 8;
  add("DICM");
  text(0x00020010, "UI", syntax);
  text(0x00100010, "PN", patient);
  number(0x00280002, 1);
  text(0x00280004, "CS", "MONOCHROME2");
  text(0x00280008, "IS", std::to_string(frames.size()));
  number(0x00280010, first.height);
  number(0x00280011, first.width);
  number(0x00280100, bits);
  number(0x00280101, bits);
  number(0x00280102, bits - 1);
  number(0x00280103, 0);
  add("\xE0\x7F\x10\0OW\0\0"sv);
  put(frames.size() * first.pixels.size() * (first.is_deep() ? 2 : 1), 4);
  for (const edge::Image& frame : frames)
    for (size_t i = 0; i < frame.pixels.size(); ++i)
      frame.is_deep() ? put(frame.deep[i], 2) : put(frame.pixels[i], 1);
  return out;
}

}  // namespace paucal::data
