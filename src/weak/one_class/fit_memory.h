#pragma once
// From a network and OK images to a network that knows them by heart (models/memory.h).

#include <functional>
#include <memory>
#include <vector>

#include "edge/post/views.h"
#include "models/image_model.h"
#include "weak/one_class/options.h"

namespace paucal::models {
class Memory;
}

namespace paucal::weak {

// What a memory is fitted to: views 0 … count - 1, each of one image and its canvases (one, or its
// tiles).
struct OkViews {
  int64_t count = 0;
  std::function<std::vector<edge::View>(int64_t number)> canvases;
  std::function<int64_t(int64_t number)> owner;  // images of one owner do not judge each other
  std::function<void()> advance;                 // called after each; may be empty
};

struct MemoryPlan {
  bool gaussian = false;
  bool with_head = false;
  uint64_t seed = 0;
};

// A network around a copy of `backbone`, which is left as it is, in evaluation mode. The share .1
// of all places, at most options.vectors, are kept: those that k_center() takes from a sample of at
// most 30,000; of a normal distribution, nothing but its moments. An undecided neighbourhood is 1.
// Throws Error where there is no view or the network has no such stages.
std::shared_ptr<models::Memory> fit_memory(models::ImageModel& backbone, const OkViews& views,
                                           const OneClassOptions& options, const MemoryPlan& plan);

}  // namespace paucal::weak
