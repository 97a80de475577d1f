#pragma once
// Two pieces of arithmetic that every metric shares.

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

namespace paucal::metrics {

// part / whole; NaN where there is nothing to divide by.
inline double share(double part, double whole) {
  return whole > 0 ? part / whole : std::numeric_limits<double>::quiet_NaN();
}

// The q-quantile of ascending values, linear between neighbours (numpy's default); NaN where there
// are none.
inline double quantile(std::span<const double> ascending, double q) {
  if (ascending.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = q * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t next = std::min(below + 1, ascending.size() - 1);
  return ascending[below] +
         (at - static_cast<double>(below)) * (ascending[next] - ascending[below]);
}

}  // namespace paucal::metrics
