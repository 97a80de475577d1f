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

// Counts by true class (row) and predicted class (column).
class Confusion {
 public:
  explicit Confusion(int classes);
  Confusion(int classes, std::span<const int> truth, std::span<const int> predicted);

  void add(int truth, int predicted);
  int classes() const { return classes_; }
  int64_t at(int truth, int predicted) const { return counts_[truth * classes_ + predicted]; }
  double accuracy() const;
  double recall(int truth) const;
  double balanced_accuracy() const;  // mean recall of the classes that occur

 private:
  int classes_;
  std::vector<int64_t> counts_;
};

// The class of highest probability in each row of [N, classes] (the first among equals), and that
// probability.
struct TopPredictions {
  std::vector<int> classes;
  std::vector<double> confidence;
};
TopPredictions top_predictions(std::span<const double> probabilities, int classes);

// Expected calibration error (Naeini et al., 2015; Guo et al., 2017): mean over examples of
// |accuracy - mean confidence| of their bin. `bins` of equal width, (low, high]; confidence of the
// predicted class, in [0, 1].
double ece(std::span<const double> confidence, std::span<const uint8_t> correct, int bins = 15);

// The same for a binary classifier that predicts positive at .5; `probability` of positive.
double binary_ece(std::span<const double> probability, std::span<const uint8_t> positive,
                  int bins = 15);

// Brier score: mean (p - y)² of the positive class, in [0, 1] …
double brier(std::span<const double> probability, std::span<const uint8_t> positive);
// … and mean over examples of Σ_c (p_c - y_c)², in [0, 2]; probabilities are [N, classes].
double brier(std::span<const double> probabilities, int classes, std::span<const int> truth);

}  // namespace paucal::metrics
