#pragma once
// For tests only: TIFFs of grey pages, uncompressed.

#include "base/files.h"
#include "edge/image/image.h"

namespace paucal::data {

// Pages of 8 bits, or of 16 where an image is deep. TIFF 6.0: a directory of entries of 12 bytes a
// page, each with the offset of the next one; here little-endian.
inline Bytes tiff_of(const std::vector<edge::Image>& pages) {
  Bytes out = {'I', 'I', 42, 0};
  const auto put = [&out](uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  for (size_t i = 0; i < pages.size(); ++i) {
    const edge::Image& page = pages[i];
    const size_t bytes = page.pixels.size() * (page.is_deep() ? 2 : 1);
    put(out.size() + 4 + bytes + bytes % 2, 4);  // where the directory stands
    const size_t pixels = out.size();
    for (size_t p = 0; p < page.pixels.size(); ++p)
      page.is_deep() ? put(page.deep[p], 2) : put(page.pixels[p], 1);
    if (bytes % 2) out.push_back(0);
    const uint64_t tags[][2] = {{256, static_cast<uint64_t>(page.width)},
                                {257, static_cast<uint64_t>(page.height)},
                                {258, page.is_deep() ? 16u : 8u},
                                {259, 1},
                                {262, 1},
                                {273, pixels},
                                {278, static_cast<uint64_t>(page.height)},
                                {279, bytes}};
    put(std::size(tags), 2);
    for (const auto& [tag, value] : tags) {
      put(tag, 2);
      put(4, 2);  // LONG
      put(1, 4);
      put(value, 4);
    }
  }
  put(0, 4);
  return out;
}

}  // namespace paucal::data
