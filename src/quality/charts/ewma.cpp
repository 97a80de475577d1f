#include "quality/charts/ewma.h"

#include <cmath>
#include <utility>
#include <vector>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kEwmaPlace = "ewma";
constexpr int kStates = 101;

void check_ewma(const EwmaOptions& o) {
  if (!(o.lambda > 0 && o.lambda <= 1 && o.limit > 0))
    fail(kEwmaPlace, "lambda {}, limit {}, expected lambda above 0 to 1 and a limit above 0",
         o.lambda, o.limit);
}

// x of (I - Q) x = 1 by elimination; the matrix is diagonally dominant, so no pivots are sought.
std::vector<double> solve_ones(std::vector<double> a, size_t n) {
  std::vector<double> x(n, 1);
  for (size_t k = 0; k < n; ++k)
    for (size_t i = k + 1; i < n; ++i) {
      const double factor = a[i * n + k] / a[k * n + k];
      for (size_t j = k; j < n; ++j) a[i * n + j] -= factor * a[k * n + j];
      x[i] -= factor * x[k];
    }
  for (size_t k = n; k-- > 0;) {
    for (size_t j = k + 1; j < n; ++j) x[k] -= a[k * n + j] * x[j];
    x[k] /= a[k * n + k];
  }
  return x;
}

}  // namespace

ChartBaseline chart_baseline(std::span<const double> values) {
  if (values.size() < 2) fail(kEwmaPlace, "{} baseline values, expected at least 2", values.size());
  double sum = 0, squares = 0;
  for (const double v : values) {
    if (!std::isfinite(v)) fail(kEwmaPlace, "baseline value {}, expected a finite one", v);
    sum += v;
  }
  const auto n = static_cast<double>(values.size());
  const double mean = sum / n;
  for (const double v : values) squares += (v - mean) * (v - mean);
  if (squares == 0) fail(kEwmaPlace, "{} equal baseline values, expected a spread", values.size());
  return {mean, std::sqrt(squares / (n - 1))};
}

Ewma::Ewma(const ChartBaseline& baseline, const EwmaOptions& options)
    : mean_(baseline.mean), sigma_(baseline.sigma), lambda_(options.lambda), limit_(options.limit) {
  check_ewma(options);
  if (!(std::isfinite(mean_) && sigma_ > 0))
    fail(kEwmaPlace, "mean {}, sigma {}, expected finite ones, sigma above 0", mean_, sigma_);
}

bool Ewma::add(double x) {
  if (std::isnan(x)) return false;
  z_ = lambda_ * (x - mean_) / sigma_ + (1 - lambda_) * z_;
  decay_ *= (1 - lambda_) * (1 - lambda_);
  return std::abs(z_) * sigma_ > half_width();
}

double Ewma::half_width() const {
  return limit_ * sigma_ * std::sqrt(lambda_ / (2 - lambda_) * (1 - decay_));
}

void Ewma::restart() {
  z_ = 0;
  decay_ = 1;
}

double ewma_run_length(const EwmaOptions& options, double shift) {
  check_ewma(options);
  const double lambda = options.lambda;
  const double half = options.limit * std::sqrt(lambda / (2 - lambda));
  const double width = 2 * half / kStates;
  const auto middle = [&](int i) { return -half + (i + 0.5) * width; };
  std::vector<double> a(size_t{kStates} * kStates);
  for (int i = 0; i < kStates; ++i)
    for (int j = 0; j < kStates; ++j) {
      // From the middle of cell i into cell j.
      const auto reach = [&](double edge) {
        return normal_cdf((edge - (1 - lambda) * middle(i)) / lambda - shift);
      };
      a[static_cast<size_t>(i) * kStates + static_cast<size_t>(j)] =
          (i == j) - (reach(middle(j) + width / 2) - reach(middle(j) - width / 2));
    }
  return solve_ones(std::move(a), kStates)[kStates / 2];
}

double ewma_limit(double lambda, double run_length) {
  if (!(run_length >= 2 && run_length <= 1e6))
    fail(kEwmaPlace, "a run length of {}, expected 2 to 1e6", run_length);
  double low = 0.1, high = 6;
  while (high - low > 1e-4) {
    const double middle = (low + high) / 2;
    (ewma_run_length({lambda, middle}) < run_length ? low : high) = middle;
  }
  return high;
}

}  // namespace paucal::quality
