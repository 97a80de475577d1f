#pragma once
// Random numbers for the rows of a batch on the training side. Each row's hang on its place alone
// (base/random_at.h): they are the same in a batch of any other rows.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/random_at.h"

namespace paucal::train {

// Who draws: the seed of the run, and a number that no other use of it has.
struct DrawKey {
  uint64_t seed = 0, stream = 0;
};

// One view of some rows: their places, and which view it is (data::view_number).
struct DrawnRows {
  const std::vector<int64_t>& places;
  uint8_t view = 0;
};

// Writes the numbers of one row. Called by several threads, for different rows.
using FillRow = std::function<void(Random& random, std::span<float> numbers)>;

// Numbers of the rows of `views`, one view after another: float, on the CPU, of the shape `sizes`,
// whose first is the number of rows. Throws Error where there are not as many places.
at::Tensor draw_rows(const DrawKey& key, const std::vector<DrawnRows>& views, at::IntArrayRef sizes,
                     const FillRow& fill);

// Mean 0, variance 1.
void fill_normal(Random& random, std::span<float> numbers);

}  // namespace paucal::train
