#pragma once
// Do two samples fall into classes or bins alike? For verdicts, classes, and numbers of which many
// are equal.

#include <cstdint>
#include <span>

namespace paucal::quality {

struct Chi2Test {
  double statistic = 0;
  int degrees = 0;  // 0: everything in one bin, nothing to compare
  double p_value = 1;
};

// Pearson's test of homogeneity of two rows of counts, Σ (o - e)²/e. Bins in which a row expects
// fewer than 5 are joined with their right neighbour, the last with its left one (Cochran, 1954).
// Throws Error: rows of different length, a count below 0, a row of 0 items.
// Not promised: independent values (see ks.h); harm.
Chi2Test chi2_test(std::span<const int64_t> a, std::span<const int64_t> b);

}  // namespace paucal::quality
