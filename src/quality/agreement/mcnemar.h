#pragma once
// Is one model better than another on the same images?

#include <cstdint>

#include "quality/intervals.h"

namespace paucal::quality {

// Items that both judged. Where both are right or both wrong they say nothing of the difference.
struct PairedVerdicts {
  int64_t items;
  int64_t only_first_wrong;
  int64_t only_second_wrong;
};

struct McNemar {
  double p_value = 1;     // two-sided: are both as often wrong?
  double difference = 0;  // share of errors of the second minus that of the first
  Interval bounds{-1, 1};
};

// The exact test of McNemar (Psychometrika 1947): of the items on which one alone is wrong, a fair
// coin. Bounds: those of Clopper and Pearson for the share of such items and for the second's part
// of them, each at half of the error, so never below `level`, and wide. "Not worse by a margin" is
// bounds.high ≤ margin. Throws Error: counts that cannot be, no items.
// Not promised: several images of one part as several items; more than one look.
McNemar mcnemar(const PairedVerdicts& verdicts, double level = 0.95);

}  // namespace paucal::quality
