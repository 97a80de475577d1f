#pragma once
// How far a metric from few images may be trusted, by drawing images anew.

#include <cstdint>
#include <span>

#include "quality/intervals.h"

namespace paucal::metrics {

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
quality::Interval bootstrap_auroc(std::span<const double> scores, std::span<const uint8_t> positive,
                                  std::span<const int> groups,
                                  const BootstrapOptions& options = {});

}  // namespace paucal::metrics
