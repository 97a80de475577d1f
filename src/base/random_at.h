#pragma once
// The random numbers of one row of a batch. They hang on the row's place in its endless stream, and
// never on its number within the batch: processes that share a batch draw what one process draws.

#include "base/random.h"

namespace paucal {

// `place`: 0, 1, … 2^55 - 1 through all batches of a run; an image that comes again has another
// place. `view`: which of the row's views, or kinds of rows, the numbers are for.
inline Random random_at(uint64_t seed, uint64_t stream, int64_t place, uint8_t view = 0) {
  return Random(seed, stream, (static_cast<uint64_t>(place) << 8) | view);
}

}  // namespace paucal
