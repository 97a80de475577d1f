#pragma once
// Figures of classifiers. A binary score is higher for "positive" (a defect, NG); a label is
// positive when it is not 0. Where a figure does not exist, because a class is missing or there
// is nothing to count, it is NaN (null in JSON). All throw Error: sizes that differ, scores that
// are NaN, labels out of range.

#include <cstdint>
#include <span>
#include <vector>

namespace paucal::metrics {

// Share of (positive, negative) pairs in the right order, ties counted half: the Mann-Whitney
// statistic, by mid-ranks.
double auroc(std::span<const double> scores, std::span<const uint8_t> positive);

// Σ (recall step) × precision over the distinct scores, without interpolation.
double average_precision(std::span<const double> scores, std::span<const uint8_t> positive);

// What is called positive at `score >= threshold`.
struct CurvePoint {
  double threshold;
  int64_t true_positives;
  int64_t false_positives;
};

// One point for each distinct score, thresholds falling; the first is (+∞, 0, 0), the last holds
// everything. Both curves are drawn from it:
//   ROC  x = false_positives / negatives, y = true_positives / positives
//   PR   x = true_positives / positives,  y = true_positives / (true + false positives)
std::vector<CurvePoint> threshold_curve(std::span<const double> scores,
                                        std::span<const uint8_t> positive);

// Expected calibration error (Naeini et al., 2015; Guo et al., 2017): mean over examples of
// |accuracy - mean confidence| of their bin. `bins` of equal width, (low, high]; confidence of the
// predicted class, in [0, 1].
double ece(std::span<const double> confidence, std::span<const uint8_t> correct, int bins = 15);

// The same for a binary classifier that predicts positive at .5; `probability` of positive.
double binary_ece(std::span<const double> probability, std::span<const uint8_t> positive,
                  int bins = 15);

}  // namespace paucal::metrics
