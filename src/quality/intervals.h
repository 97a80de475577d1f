#pragma once
// Confidence intervals: how far a figure from few images may be trusted.

#include <cstdint>

namespace paucal::quality {

struct Interval {
  double low;
  double high;
};

// A share `successes` / `trials`, e.g. escapes among the NG images, at confidence `level` in
// (0, 1). No trials: [0, 1]. Throw Error: successes outside 0 … trials, a level outside (0, 1).
//
// Wilson (1927), without continuity correction: right on average.
Interval wilson(int64_t successes, int64_t trials, double level = 0.95);
// Clopper and Pearson (1934): never below its level, and wider. For promises.
Interval clopper_pearson(int64_t successes, int64_t trials, double level = 0.95);

}  // namespace paucal::quality
