#pragma once
// How much of the two costly things this process has done so far. A run logs it and stages.json
// keeps it by stage, so that a pass over the images that is made twice is seen.

#include <cstdint>

namespace paucal {

struct WorkDone {
  int64_t forward_passes = 0;  // of a trained network over one image or tile; training steps aside
  int64_t decoded_images = 0;

  WorkDone operator-(const WorkDone& before) const {
    return {forward_passes - before.forward_passes, decoded_images - before.decoded_images};
  }
};

// Thread-safe.
WorkDone work_done();
void count_forward_passes(int64_t count);
void count_decoded_image();

}  // namespace paucal
