#pragma once
// Confidence intervals: how far a figure from few images may be trusted.

#include <cstdint>
#include <span>

namespace paucal::train {

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

struct BootstrapOptions {
  int resamples = 1000;
  uint64_t seed = 0;
  double level = 0.95;
};

// Percentile bootstrap of the AUROC. Whole groups are drawn with replacement (the photos of one
// part are not independent), separately among groups with positives only, negatives only, and
// both, so that every resample has both classes. `groups` holds a number for each score. NaN where
// a class is missing. Throws Error: sizes that differ, NaN scores, fewer than 1 resample, a level
// outside (0, 1).
Interval bootstrap_auroc(std::span<const double> scores, std::span<const uint8_t> positive,
                         std::span<const int> groups, const BootstrapOptions& options = {});

}  // namespace paucal::train
