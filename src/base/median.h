#pragma once
// The middle of many values: what a few that are far off do not move.

#include <algorithm>
#include <vector>

namespace paucal {

// A standard deviation of normal values, by the median of their distances from the median.
inline constexpr double kDeviationsOfMedian = 1.4826;

// The upper of two middle ones. Reorders them; there must be at least one.
inline float median(std::vector<float>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

}  // namespace paucal
