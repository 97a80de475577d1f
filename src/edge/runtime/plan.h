#pragma once
// Where every value of a run lies, for one set of input sizes: one arena, in which values that are
// never alive together share memory.

#include <vector>

#include "edge/runtime/model.h"

namespace paucal::edge {

struct Plan {
  std::vector<Shape> input_shapes;
  std::vector<Signature> signatures;  // of every value
  std::vector<size_t> offsets;        // in the arena; kOutside for constants and inputs
  size_t scratch_offset = 0;
  size_t arena_bytes = 0;

  static constexpr size_t kOutside = ~size_t{0};
};

// Refuses more than `max_bytes` of arena before any is taken.
Result<Plan> make_plan(const Model& model, std::span<const Shape> input_shapes, int threads,
                       size_t max_bytes);

}  // namespace paucal::edge
