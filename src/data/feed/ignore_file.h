#pragma once
// The mask of input.ignore, as a picture.

#include <filesystem>

#include "edge/pre/preprocess.h"

namespace paucal::data {

// Values above 127 are hidden. Throws Error that names the file: no readable picture, more than
// IgnoreMask::kMaxRuns changes in reading order.
edge::IgnoreMask read_ignore_mask(const std::filesystem::path& file);

// Sets options.ignored by options.ignore. Throws Error, too, where edge::check() refuses them.
void load_ignored(edge::PreprocessOptions& options);

}  // namespace paucal::data
