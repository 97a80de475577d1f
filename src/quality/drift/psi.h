#pragma once
// The population stability index, with a limit that knows how many were counted.

#include <cstdint>
#include <span>

namespace paucal::quality {

struct Psi {
  double value = 0;  // Σ (a - e) ln(a/e) over the bins' shares
  double limit = 0;  // passed with probability alpha where nothing changed
  double p_value = 1;
};

// Without a change the index is about (1/n + 1/m) χ² with B - 1 degrees (Yurdakul, Statistical
// Properties of Population Stability Index, 2018). The customary limits .1 and .25 know neither n
// nor B: at n = 1,000, m = 100 and 20 bins the mean without any change is .21. Where a bin is empty
// in one row, half an item is added to each bin of both. Bins that both rows leave empty do not
// count. Throws Error: rows of different length, a count below 0, a row of 0 items, alpha outside
// (0, 1). Not promised: independent values (see ks.h); the limit where bins expect fewer than
// about 5.
Psi psi(std::span<const int64_t> expected, std::span<const int64_t> actual, double alpha = 0.01);

}  // namespace paucal::quality
