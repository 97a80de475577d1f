#pragma once
// Counts of a number in bins, for chi2.h and psi.h.

#include <cstdint>
#include <span>
#include <vector>

namespace paucal::quality {

// Inner edges of at most `bins` bins that hold about as many of the baseline each. Equal values
// never straddle an edge, so many of them make fewer bins. Throws Error: no values, bins < 2, NaN.
std::vector<double> quantile_edges(std::span<const double> baseline, int bins);

// How many values lie in each of edges.size() + 1 bins; bin i holds edges[i-1] < v ≤ edges[i].
std::vector<int64_t> count_in_bins(std::span<const double> values, std::span<const double> edges);

}  // namespace paucal::quality
