#pragma once
// Shares of NG parts of large batches, where lots differ from each other anyway.

#include <cstdint>
#include <span>

#include "quality/intervals.h"

namespace paucal::quality {

struct BatchCount {
  int64_t parts;
  int64_t ng;
};

// Laney's p′ chart (Quality Engineering 2002): p̄ ± w σ_p σ_z with σ_p = √(p̄(1-p̄)/n) and σ_z the
// mean moving range of the baseline's z = (p - p̄)/σ_p over 1.128. σ_z near 1: lots differ by chance
// alone, and it is the p-chart; above 1 the p-chart would alarm all the time.
// Not promised: symmetric limits where n p̄ is below about 5: take g_chart.h or bernoulli_cusum.h.
struct LaneyP {
  double mean;  // p̄
  double sigma_z;

  Interval limits(int64_t parts, double width = 3) const;  // cut to [0, 1]; throws Error: parts < 1
  bool outside(const BatchCount& batch, double width = 3) const;
};

// From batches in order of time. Throws Error: fewer than 2, counts that cannot be, no NG part or
// nothing else.
LaneyP laney_p(std::span<const BatchCount> baseline);

}  // namespace paucal::quality
