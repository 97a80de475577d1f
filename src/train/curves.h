#pragma once
// Distributions and curves that events show.

#include <cstdint>
#include <span>
#include <vector>

namespace paucal::train {

struct Histogram {
  std::vector<double> edges;   // one more than there are buckets; empty where no value is finite
  std::vector<double> counts;  // values in each
};

// 30 buckets of equal width from the least to the greatest; one of width 1 where they are equal.
// Values that are not finite are left out.
Histogram histogram_of(std::span<const float> values);

// At each of kThresholds thresholds, evenly from 0 to 1: what is called positive from there on.
struct PrCurve {
  static constexpr size_t kThresholds = 101;  // VisualDL shows at most 127

  std::vector<int64_t> true_positives, false_positives, true_negatives, false_negatives;
  std::vector<double> precision, recall;
};

// Scores lie in [0, 1]; a label is not 0 for a positive. Throws Error otherwise.
PrCurve pr_curve_of(std::span<const double> scores, std::span<const uint8_t> labels);

}  // namespace paucal::train
