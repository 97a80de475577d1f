#pragma once
// The secret of a spool: who does not know it cannot tell which images will be kept.

#include <cstdint>
#include <filesystem>

#include "base/result.h"

namespace paucal::spool {

// Reads FOLDER/seed, 16 hexadecimal digits that its owner alone may read; makes it from the
// system's random numbers where there is none.
Result<std::uint64_t> read_or_make_seed(const std::filesystem::path& folder);

}  // namespace paucal::spool
