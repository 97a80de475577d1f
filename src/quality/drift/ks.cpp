#include "quality/drift/ks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

std::vector<double> sorted_copy(std::span<const double> values) {
  if (values.empty()) fail("ks test", "an empty sample, expected at least 1 value");
  for (const double v : values)
    if (std::isnan(v)) fail("ks test", "a value is NaN, expected a number");
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  return sorted;
}

// 2 Σ (-1)^{k-1} e^{-2 k² λ²}; below .2 it is 1 to twelve digits, and the series slow.
double kolmogorov_tail(double lambda) {
  if (lambda < 0.2) return 1;
  double sum = 0;
  for (int k = 1; k <= 100; ++k) {
    const double term = std::exp(-2.0 * k * k * lambda * lambda);
    sum += k % 2 ? term : -term;
    if (term < 1e-16) break;
  }
  return std::clamp(2 * sum, 0.0, 1.0);
}

}  // namespace

KsTest ks_test(std::span<const double> a, std::span<const double> b) {
  const auto x = sorted_copy(a), y = sorted_copy(b);
  const auto n = static_cast<double>(x.size()), m = static_cast<double>(y.size());
  KsTest test;
  double tied = 0;
  for (size_t i = 0, j = 0; i < x.size() || j < y.size();) {
    const double value = j == y.size() || (i < x.size() && x[i] < y[j]) ? x[i] : y[j];
    const size_t i0 = i, j0 = j;
    while (i < x.size() && x[i] == value) ++i;
    while (j < y.size() && y[j] == value) ++j;
    const size_t equal = i - i0 + (j - j0);
    if (equal > 1) tied += static_cast<double>(equal);
    test.statistic =
        std::max(test.statistic, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  test.tied = tied / (n + m);
  test.p_value = kolmogorov_tail(test.statistic * std::sqrt(n * m / (n + m)));
  return test;
}

double ks_limit(double n, double m, double alpha) {
  if (!(n > 0 && m > 0 && alpha > 0 && alpha < 1))
    fail("ks test", "samples of {} and {}, alpha {}, expected more than 0 and alpha below 1", n, m,
         alpha);
  return std::sqrt(-0.5 * std::log(alpha / 2)) * std::sqrt((n + m) / (n * m));
}

}  // namespace paucal::quality
