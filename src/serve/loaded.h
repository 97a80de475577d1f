#pragma once
// A model that passed its check and may be run.

#include <atomic>
#include <memory>

#include "edge/runtime/model.h"
#include "serve/counters.h"
#include "serve/engine.h"

namespace paucal::serve {

struct Loaded {
  ServedModel served;
  std::shared_ptr<const edge::Model> model;
  std::shared_ptr<Counters> counters;
  // Nobody will ask for it again: workers let go of what they made for it.
  mutable std::atomic<bool> dropped{false};
};

}  // namespace paucal::serve
