#pragma once
// A few points that no other is far from.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace paucal::weak {

// Greedy k-center (Gonzalez 1985; Sener and Savarese, ICLR 2018): begins with row 0, then takes
// the row that is least similar to all that were taken; the first of equals. `points` [N, D], rows
// of length 1; similarity is the cosine. At most `count` rows, fewer where all others are copies.
// Time N · D · count.
std::vector<int64_t> k_center(const at::Tensor& points, int64_t count);

}  // namespace paucal::weak
