#include "quality/drift/bins.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::quality {

std::vector<double> quantile_edges(std::span<const double> baseline, int bins) {
  if (baseline.empty() || bins < 2)
    fail("bins", "{} values in {} bins, expected at least 1 value and 2 bins", baseline.size(),
         bins);
  std::vector<double> sorted(baseline.begin(), baseline.end());
  if (std::ranges::any_of(sorted, [](double v) { return std::isnan(v); }))
    fail("bins", "a value is NaN, expected a number");
  std::ranges::sort(sorted);
  std::vector<double> edges;
  for (int b = 1; b < bins; ++b) {
    const size_t rank = sorted.size() * static_cast<size_t>(b) / static_cast<size_t>(bins);
    const double edge = sorted[rank ? rank - 1 : 0];
    // An edge at the largest value would leave an empty bin above it.
    if (edge < sorted.back() && (edges.empty() || edge > edges.back())) edges.push_back(edge);
  }
  return edges;
}

std::vector<int64_t> count_in_bins(std::span<const double> values, std::span<const double> edges) {
  std::vector<int64_t> counts(edges.size() + 1, 0);
  for (const double v : values) {
    if (std::isnan(v)) fail("bins", "a value is NaN, expected a number");
    const auto bin = std::ranges::lower_bound(edges, v) - edges.begin();
    ++counts[static_cast<size_t>(bin)];
  }
  return counts;
}

}  // namespace paucal::quality
