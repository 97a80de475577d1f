#pragma once
// One copy for everything that only moves elements: permute, slice, pad, concat, layout changes.

#include "edge/graph/tensor.h"
#include "edge/kernels/shapes.h"
#include "edge/machine/pool.h"

namespace paucal::edge {

// Copies a block of `shape` elements of `element` bytes (1, 4 or 8); both strides in elements, by
// dimension of the shape. Memory of source and target must not overlap.
struct StridedCopy {
  Shape shape;
  size_t element = 4;
  const void* from = nullptr;
  Strides from_strides{};
  void* to = nullptr;
  Strides to_strides{};
};

void strided_copy(const StridedCopy& job, Pool& pool);

}  // namespace paucal::edge
