#include "base/host/work.h"

#include <atomic>

namespace paucal {
namespace {

std::atomic<int64_t> forward_passes{0};
std::atomic<int64_t> decoded_images{0};

}  // namespace

WorkDone work_done() {
  return {forward_passes.load(), decoded_images.load()};
}

void count_forward_passes(int64_t count) {
  forward_passes += count;
}

void count_decoded_image() {
  ++decoded_images;
}

}  // namespace paucal
