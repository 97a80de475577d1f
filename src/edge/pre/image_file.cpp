#include "edge/pre/image_file.h"

#include <algorithm>
#include <string_view>

#include "edge/pre/formats.h"

namespace paucal::edge {

bool is_image_file(std::span<const uint8_t> data) {
  const std::string_view format = formats::sniff(data);
  // "BM" begins many a text; the header of a BMP has zeros.
  if (format == "a BMP image")
    return std::ranges::any_of(data, [](uint8_t byte) { return byte == 0; });
  return format == "JPEG" || format == "PNG" || format == "WebP" || format.ends_with(" image");
}

}  // namespace paucal::edge
