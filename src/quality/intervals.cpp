#include "quality/intervals.h"

#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kPlace = "intervals";

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

}  // namespace paucal::quality
