#include "metrics/metrics.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "base/error.h"
#include "metrics/share.h"

namespace paucal::metrics {
namespace {

constexpr std::string_view kMetricsPlace = "metrics";

void check_sizes(size_t a, size_t b) {
  if (a != b) fail(kMetricsPlace, "{} scores and {} labels, expected as many", a, b);
}

void check_probability(double value) {
  if (!(value >= 0 && value <= 1)) fail(kMetricsPlace, "probability {}, expected 0 to 1", value);
}

}  // namespace

std::vector<CurvePoint> threshold_curve(std::span<const double> scores,
                                        std::span<const uint8_t> positive) {
  check_sizes(scores.size(), positive.size());
  for (const double score : scores)
    if (std::isnan(score)) fail(kMetricsPlace, "a score is NaN");
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, std::greater{}, [&](size_t i) { return scores[i]; });

  std::vector<CurvePoint> curve = {{std::numeric_limits<double>::infinity(), 0, 0}};
  CurvePoint point = curve.front();
  for (size_t k = 0; k < order.size(); ++k) {
    ++(positive[order[k]] ? point.true_positives : point.false_positives);
    point.threshold = scores[order[k]];
    if (k + 1 == order.size() || scores[order[k + 1]] != point.threshold) curve.push_back(point);
  }
  return curve;
}

double auroc(std::span<const double> scores, std::span<const uint8_t> positive) {
  // The area under the ROC steps by trapezoids: a tie makes a slanted piece, which counts half.
  const std::vector<CurvePoint> curve = threshold_curve(scores, positive);
  double area = 0;
  for (size_t k = 1; k < curve.size(); ++k)
    area += 0.5 * static_cast<double>(curve[k].false_positives - curve[k - 1].false_positives) *
            static_cast<double>(curve[k].true_positives + curve[k - 1].true_positives);
  return share(area, static_cast<double>(curve.back().true_positives) *
                         static_cast<double>(curve.back().false_positives));
}

double average_precision(std::span<const double> scores, std::span<const uint8_t> positive) {
  const std::vector<CurvePoint> curve = threshold_curve(scores, positive);
  double sum = 0;
  for (size_t k = 1; k < curve.size(); ++k) {
    const auto gained = static_cast<double>(curve[k].true_positives - curve[k - 1].true_positives);
    const auto called = static_cast<double>(curve[k].true_positives + curve[k].false_positives);
    sum += gained * static_cast<double>(curve[k].true_positives) / called;
  }
  return share(sum, static_cast<double>(curve.back().true_positives));
}

double ece(std::span<const double> confidence, std::span<const uint8_t> correct, int bins) {
  check_sizes(confidence.size(), correct.size());
  if (bins < 1) fail(kMetricsPlace, "{} bins, expected 1 or more", bins);
  // Σ correct - Σ confidence in each bin; |…| of it is the bin's gap times its size.
  std::vector<double> excess(bins);
  for (size_t i = 0; i < confidence.size(); ++i) {
    check_probability(confidence[i]);
    const int bin = std::clamp(static_cast<int>(std::ceil(confidence[i] * bins)) - 1, 0, bins - 1);
    excess[bin] += (correct[i] ? 1 : 0) - confidence[i];
  }
  double sum = 0;
  for (const double value : excess) sum += std::abs(value);
  return share(sum, static_cast<double>(confidence.size()));
}

double binary_ece(std::span<const double> probability, std::span<const uint8_t> positive,
                  int bins) {
  check_sizes(probability.size(), positive.size());
  std::vector<double> confidence;
  std::vector<uint8_t> correct;
  for (size_t i = 0; i < probability.size(); ++i) {
    confidence.push_back(std::max(probability[i], 1 - probability[i]));
    correct.push_back((probability[i] >= 0.5) == (positive[i] != 0));
  }
  return ece(confidence, correct, bins);
}

}  // namespace paucal::metrics
