#pragma once
// The true defect pixels of an image: for evaluation only.

#include <optional>

#include "data/set/truth_table.h"

namespace paucal::data {

// Grey, 255 on defects, of the given size (of the original image). From the mask file (`root`:
// Dataset::root); else from polygons; all 0 where the truth says that there is no defect. Nothing
// where only boxes are known, where nobody looked, or where the mask has another size (the data
// check names it). Throws Error where the mask cannot be decoded.
std::optional<edge::Image> truth_mask(const std::filesystem::path& root, const ImageTruth& truth,
                                      int width, int height, int64_t max_pixels);

}  // namespace paucal::data
