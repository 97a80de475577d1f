#include "edge/pre/image_file.h"

#include "edge/pre/formats.h"

namespace paucal::edge {

bool is_image_file(std::span<const uint8_t> data) {
  return formats::find(data) != nullptr || formats::sniff(data).ends_with(" image");
}

}  // namespace paucal::edge
