#pragma once
// Pictures whose pixels say where defects are.

#include <filesystem>

#include "base/result.h"
#include "edge/image/image.h"

namespace paucal::data {

struct MaskFile {
  edge::Image defects;  // grey: 255 on defects, else 0
  edge::Image grey;     // as it looks
  bool plausible;       // few values, with 0 among them: no photo
};

// A palette PNG (classes by index) marks what has another colour than its first entry; other
// pictures what is brighter than half, or, where nothing is (classes as 1, 2, …), what is not 0;
// where values are not exact, as in JPEG, only the former. Fails where it cannot be decoded.
Result<MaskFile> read_mask_file(const std::filesystem::path& path, int64_t max_pixels);

}  // namespace paucal::data
