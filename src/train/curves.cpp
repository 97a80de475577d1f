#include "train/curves.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::train {
namespace {

constexpr int kBuckets = 30;

}  // namespace

Histogram histogram_of(std::span<const float> values) {
  double low = INFINITY, high = -INFINITY, finite = 0;
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    low = std::min<double>(low, value);
    high = std::max<double>(high, value);
    ++finite;
  }
  if (finite == 0) return {};
  if (low == high) return {{low - .5, low + .5}, {finite}};
  const double width = (high - low) / kBuckets;
  Histogram histogram{{}, std::vector<double>(kBuckets)};
  for (int i = 0; i < kBuckets; ++i) histogram.edges.push_back(low + i * width);
  histogram.edges.push_back(high);
  for (const float value : values)
    if (std::isfinite(value))
      ++histogram.counts[static_cast<size_t>(
          std::min(kBuckets - 1, static_cast<int>((value - low) / width)))];
  return histogram;
}

PrCurve pr_curve_of(std::span<const double> scores, std::span<const uint8_t> labels) {
  constexpr size_t n = PrCurve::kThresholds;
  if (scores.size() != labels.size())
    fail("events", "a curve of {} scores and {} labels, expected as many", scores.size(),
         labels.size());
  // First by the highest threshold that a score reaches, then summed from the top.
  PrCurve curve{std::vector<int64_t>(n), std::vector<int64_t>(n), {}, {}, {}, {}};
  for (size_t i = 0; i < scores.size(); ++i) {
    if (!(scores[i] >= 0 && scores[i] <= 1))
      fail("events", "score {} of example {}, expected 0 to 1", scores[i], i);
    ++(labels[i] ? curve.true_positives
                 : curve.false_positives)[static_cast<size_t>(scores[i] * (n - 1))];
  }
  for (size_t i = n - 1; i-- > 0;) {
    curve.true_positives[i] += curve.true_positives[i + 1];
    curve.false_positives[i] += curve.false_positives[i + 1];
  }
  const int64_t positives = curve.true_positives[0], negatives = curve.false_positives[0];
  for (size_t i = 0; i < n; ++i) {
    const int64_t tp = curve.true_positives[i], fp = curve.false_positives[i];
    curve.true_negatives.push_back(negatives - fp);
    curve.false_negatives.push_back(positives - tp);
    curve.precision.push_back(static_cast<double>(tp) /
                              static_cast<double>(std::max<int64_t>(1, tp + fp)));
    curve.recall.push_back(static_cast<double>(tp) /
                           static_cast<double>(std::max<int64_t>(1, positives)));
  }
  return curve;
}

}  // namespace paucal::train
