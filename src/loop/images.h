#pragma once
// Kept images of a spool into the review: checked, fingerprinted, copied, queued.

#include <filesystem>
#include <string>
#include <vector>

#include "loop/tables.h"
#include "review/store.h"

namespace paucal::loop {

struct ImageOptions {
  uint64_t most_bytes = 256 << 20;  // of a file
  int64_t patience_minutes = 60;    // an image that has not come so long after its line is lost
  bool remove = false;              // from the spool, once they are in the review
};

struct TakenImages {
  int64_t taken = 0, audit = 0, doubles = 0, of_test = 0, damaged = 0, lost = 0, awaited = 0;
  std::vector<std::string> problems = {};
};

// The queue that they go to: the doubtful first, and between them those that measure.
inline constexpr const char* kLineQueue = "line";

// Takes what is awaited. An image that cannot be decoded, or has other bytes than its name says, is
// named and left out. A double is an image that resembles another one more than different parts
// resemble each other (quality/near_duplicates.h): it is left out unless it was drawn to measure,
// and so is what resembles a test image. Images that measure come without verdict and boxes, so
// that whoever judges them does not see what the model said. A copy lies in DIR/images; a name
// there tells nothing of the verdict. All with one event, whose digest covers name, stratum and π
// of each. Throws Error.
TakenImages take_images(review::Store& store, const std::string& spool,
                        const ImageOptions& options = {});

}  // namespace paucal::loop
