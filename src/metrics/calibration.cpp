#include "metrics/calibration.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::metrics {
namespace {

constexpr std::string_view kCalibrationPlace = "calibration";

double sigmoid(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

void check(std::span<const double> values, size_t expected) {
  if (values.size() != expected)
    fail(kCalibrationPlace, "{} scores, expected {} for the labels given", values.size(), expected);
  if (values.empty()) fail(kCalibrationPlace, "no examples to fit on");
  for (const double value : values)
    if (!std::isfinite(value)) fail(kCalibrationPlace, "score {}, expected a finite number", value);
}

// Cross-entropy of smoothed targets under sigmoid(a z + b), as a function of (a, b).
struct PlattLoss {
  std::span<const double> z;
  std::span<const uint8_t> positive;
  double target_positive;
  double target_negative;

  double target(size_t i) const { return positive[i] ? target_positive : target_negative; }

  double operator()(double a, double b) const {
    double sum = 0;
    for (size_t i = 0; i < z.size(); ++i) {
      const double f = a * z[i] + b;
      // -t log p - (1 - t) log(1 - p) = log(1 + e^f) - t f, without overflow.
      sum += std::max(f, 0.0) + std::log1p(std::exp(-std::abs(f))) - target(i) * f;
    }
    return sum;
  }
};

}  // namespace

PlattScale fit_platt(std::span<const double> scores, std::span<const uint8_t> positive) {
  check(scores, positive.size());
  const auto n = static_cast<double>(scores.size());
  const auto positives =
      static_cast<double>(std::ranges::count_if(positive, [](uint8_t y) { return y != 0; }));

  // Newton's method on scores of mean 0 and deviation 1: their scale and offset do not matter.
  double mean = 0, variance = 0;
  for (const double score : scores) mean += score / n;
  for (const double score : scores) variance += (score - mean) * (score - mean) / n;
  const double deviation = variance > 0 ? std::sqrt(variance) : 1;
  std::vector<double> z;
  for (const double score : scores) z.push_back((score - mean) / deviation);

  const PlattLoss loss{z, positive, (positives + 1) / (positives + 2), 1 / (n - positives + 2)};
  double a = 0, b = std::log((positives + 1) / (n - positives + 1));
  double value = loss(a, b);
  for (int iteration = 0; iteration < 100; ++iteration) {
    double ga = 0, gb = 0, haa = 1e-12, hab = 0, hbb = 1e-12;
    for (size_t i = 0; i < z.size(); ++i) {
      const double p = sigmoid(a * z[i] + b);
      const double g = p - loss.target(i), h = p * (1 - p);
      ga += g * z[i];
      gb += g;
      haa += h * z[i] * z[i];
      hab += h * z[i];
      hbb += h;
    }
    if (std::max(std::abs(ga), std::abs(gb)) < 1e-10 * n) break;
    const double determinant = haa * hbb - hab * hab;
    const double da = -(hbb * ga - hab * gb) / determinant;
    const double db = -(haa * gb - hab * ga) / determinant;
    double step = 1;
    while (step > 1e-10 &&
           loss(a + step * da, b + step * db) >= value + 1e-4 * step * (ga * da + gb * db))
      step /= 2;
    if (step <= 1e-10) break;  // no descent left within the precision of the loss
    a += step * da;
    b += step * db;
    value = loss(a, b);
  }
  return {a / deviation, b - a * mean / deviation};
}

double fit_temperature(std::span<const double> logits, int classes, std::span<const int> truth) {
  if (classes < 1) fail(kCalibrationPlace, "{} classes, expected 1 or more", classes);
  check(logits, truth.size() * classes);
  for (const int y : truth)
    if (y < 0 || y >= classes)
      fail(kCalibrationPlace, "class {}, expected 0 to {}", y, classes - 1);

  // With β = 1 / T the loss is convex; its slope is Σ (mean logit under p - logit of the truth),
  // and rises with β: bisection finds where it is 0.
  const auto slope = [&](double beta) {
    double sum = 0;
    for (size_t i = 0; i < truth.size(); ++i) {
      const auto row = logits.subspan(i * classes, classes);
      const double top = std::ranges::max(row);
      double weight = 0, excess = 0;
      for (const double logit : row) {
        const double p = std::exp(beta * (logit - top));
        weight += p;
        excess += p * (logit - row[truth[i]]);
      }
      sum += excess / weight;
    }
    return sum;
  };
  double low = 1 / 20.0, high = 20;
  for (int i = 0; i < 60; ++i) {
    const double middle = std::sqrt(low * high);
    (slope(middle) < 0 ? low : high) = middle;
  }
  return 1 / std::sqrt(low * high);
}

}  // namespace paucal::metrics
