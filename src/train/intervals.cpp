#include "train/intervals.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "base/error.h"
#include "base/random.h"

namespace paucal::train {
namespace {

constexpr std::string_view kPlace = "intervals";
constexpr uint64_t kBootstrapStream = 0xB007;

void check_level(double level) {
  if (!(level > 0 && level < 1)) fail(kPlace, "level {}, expected between 0 and 1", level);
}

void check_counts(int64_t successes, int64_t trials) {
  if (successes < 0 || successes > trials)
    fail(kPlace, "{} of {}: expected 0 to all", successes, trials);
}

// Where the rising function f reaches 0, to the last bit.
template <class F>
double bisect(double low, double high, F f) {
  for (int i = 0; i < 200; ++i) {
    const double middle = low + (high - low) / 2;
    (f(middle) < 0 ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

double normal_quantile(double p) {
  return bisect(-40, 40, [p](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)) - p; });
}

// Regularised incomplete beta I_x(a, b): its continued fraction (DLMF 8.17.22) by the modified
// Lentz algorithm, which converges fast below the mean; I_x(a, b) = 1 - I_{1-x}(b, a) above it.
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  constexpr double kTiny = 1e-300;
  const auto not_zero = [](double v) { return std::abs(v) < kTiny ? kTiny : v; };
  double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m < 100'000; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 / not_zero(1 + term * d);
      c = not_zero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < 1e-15) break;
  }
  const double log_front = a * std::log(x) + b * std::log1p(-x) + std::lgamma(a + b) -
                           std::lgamma(a) - std::lgamma(b) - std::log(a);
  return std::exp(log_front) * fraction;
}

// Linear between the values, as numpy does by default. `values` are sorted.
double quantile(const std::vector<double>& values, double q) {
  const double at = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t next = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[next] - values[below]);
}

// Examples by falling score, with the group of each as an index into the weights.
struct Ranked {
  double score;
  bool positive;
  size_t group;
};

double weighted_auroc(const std::vector<Ranked>& ranked, const std::vector<double>& weights) {
  double area = 0, positives = 0, negatives = 0;
  for (size_t begin = 0, end = 0; begin < ranked.size(); begin = end) {
    double tied_positives = 0, tied_negatives = 0;
    for (; end < ranked.size() && ranked[end].score == ranked[begin].score; ++end)
      (ranked[end].positive ? tied_positives : tied_negatives) += weights[ranked[end].group];
    area += tied_negatives * (positives + 0.5 * tied_positives);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  return area / (positives * negatives);
}

}  // namespace

Interval wilson(int64_t successes, int64_t trials, double level) {
  check_counts(successes, trials);
  check_level(level);
  if (trials == 0) return {0, 1};
  const double z = normal_quantile(0.5 + level / 2);
  const auto n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  // Exactly 0 and 1 at the ends, where rounding would leave 1e-17.
  return {successes == 0 ? 0 : centre - half, successes == trials ? 1 : centre + half};
}

Interval clopper_pearson(int64_t successes, int64_t trials, double level) {
  check_counts(successes, trials);
  check_level(level);
  const double tail = (1 - level) / 2;
  const auto k = static_cast<double>(successes), n = static_cast<double>(trials);
  // P(X ≥ k) = I_p(k, n - k + 1) and P(X ≤ k) = 1 - I_p(k + 1, n - k).
  Interval interval{0, 1};
  if (successes > 0)
    interval.low = bisect(0, 1, [&](double p) { return incomplete_beta(k, n - k + 1, p) - tail; });
  if (successes < trials)
    interval.high =
        bisect(0, 1, [&](double p) { return incomplete_beta(k + 1, n - k, p) - (1 - tail); });
  return interval;
}

Interval bootstrap_auroc(std::span<const double> scores, std::span<const uint8_t> positive,
                         std::span<const int> groups, const BootstrapOptions& options) {
  check_level(options.level);
  if (options.resamples < 1) fail(kPlace, "{} resamples, expected 1 or more", options.resamples);
  if (scores.size() != positive.size() || scores.size() != groups.size())
    fail(kPlace, "{} scores, {} labels and {} groups, expected as many", scores.size(),
         positive.size(), groups.size());

  std::map<int, size_t> index;  // group number → place in the weights
  std::vector<int> kinds;       // 1: has negatives, 2: has positives, 3: both
  std::vector<Ranked> ranked;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) fail(kPlace, "score {} is NaN", i);
    const auto [found, added] = index.emplace(groups[i], index.size());
    if (added) kinds.push_back(0);
    kinds[found->second] |= positive[i] ? 2 : 1;
    ranked.push_back({scores[i], positive[i] != 0, found->second});
  }
  const int present = std::accumulate(kinds.begin(), kinds.end(), 0, std::bit_or{});
  if (present != 3) {
    const double none = std::numeric_limits<double>::quiet_NaN();
    return {none, none};
  }
  std::ranges::sort(ranked, std::greater{}, &Ranked::score);
  std::vector<std::vector<size_t>> strata(4);
  for (size_t group = 0; group < kinds.size(); ++group) strata[kinds[group]].push_back(group);

  std::vector<double> values;
  for (int resample = 0; resample < options.resamples; ++resample) {
    Random random(options.seed, kBootstrapStream, static_cast<uint64_t>(resample));
    std::vector<double> weights(kinds.size());
    for (const auto& stratum : strata)
      for (size_t i = 0; i < stratum.size(); ++i)
        ++weights[stratum[random.below(static_cast<int64_t>(stratum.size()))]];
    values.push_back(weighted_auroc(ranked, weights));
  }
  std::ranges::sort(values);
  const double tail = (1 - options.level) / 2;
  return {quantile(values, tail), quantile(values, 1 - tail)};
}

}  // namespace paucal::train
