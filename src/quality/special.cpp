#include "quality/special.h"

#include <algorithm>
#include <cmath>

#include "quality/bisect.h"

namespace paucal::quality {
namespace {

constexpr double kTiny = 1e-300, kPrecise = 1e-15;
constexpr int kMostTerms = 100'000;

double not_zero(double v) {
  return std::abs(v) < kTiny ? kTiny : v;
}

// Q(a, x) = Γ(a, x) / Γ(a): a series below a + 1, the continued fraction above it (Lentz).
double incomplete_gamma_tail(double a, double x) {
  if (x <= 0) return 1;
  const double front = std::exp(a * std::log(x) - x - std::lgamma(a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int n = 1; n < kMostTerms && term > sum * kPrecise; ++n) sum += term *= x / (a + n);
    return 1 - front * sum;
  }
  double b = x + 1 - a, c = 1 / kTiny, d = 1 / not_zero(b), fraction = d;
  for (int i = 1; i < kMostTerms; ++i) {
    const double term = -i * (i - a);
    b += 2;
    d = 1 / not_zero(term * d + b);
    c = not_zero(b + term / c);
    fraction *= c * d;
    if (std::abs(c * d - 1) < kPrecise) break;
  }
  return front * fraction;
}

}  // namespace

double normal_cdf(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

double normal_quantile(double p) {
  return bisect(-40, 40, [p](double z) { return normal_cdf(z) - p; });
}

double chi_square_tail(double x, double degrees) {
  return incomplete_gamma_tail(degrees / 2, x / 2);
}

double chi_square_exceeded_by(double tail, double degrees) {
  double high = degrees + 10;
  while (chi_square_tail(high, degrees) > tail) high *= 2;
  return bisect(0, high, [&](double x) { return tail - chi_square_tail(x, degrees); });
}

double log_beta(double a, double b) {
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

double log_choose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

// The continued fraction converges fast below the mean; I_x(a, b) = 1 - I_{1-x}(b, a) above it.
double incomplete_beta(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incomplete_beta(b, a, 1 - x);
  double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), fraction = d;
  for (int m = 1; m < kMostTerms; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double change = 1;
    for (const double term : {even, odd}) {
      d = 1 / not_zero(1 + term * d);
      c = not_zero(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (std::abs(change - 1) < kPrecise) break;
  }
  return std::exp(a * std::log(x) + b * std::log1p(-x) - log_beta(a, b) - std::log(a)) * fraction;
}

double beta_quantile(double a, double b, double p) {
  return bisect(0, 1, [&](double x) { return incomplete_beta(a, b, x) - p; });
}

double binomial_cdf(int64_t k, int64_t n, double p) {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incomplete_beta(static_cast<double>(n - k), static_cast<double>(k + 1), 1 - p);
}

double hypergeometric_cdf(int64_t k, int64_t n, int64_t wrong, int64_t all) {
  const int64_t least = std::max<int64_t>(0, n - (all - wrong)), most = std::min(n, wrong);
  if (k < least) return 0;
  if (k >= most) return 1;
  // The tail away from the likeliest value, its largest term first and each from the one before:
  // terms too small to count end it.
  const auto term = [&](int64_t x) {
    const auto value = [](int64_t v) { return static_cast<double>(v); };
    return std::exp(log_choose(value(wrong), value(x)) +
                    log_choose(value(all - wrong), value(n - x)) -
                    log_choose(value(all), value(n)));
  };
  const auto mode =
      static_cast<int64_t>((static_cast<double>(n) + 1) * (static_cast<double>(wrong) + 1) /
                           (static_cast<double>(all) + 2));
  const auto sum = [&](int64_t from, int64_t to, int step) {
    double total = 0, t = term(from);
    for (int64_t x = from; step < 0 ? x >= to : x <= to; x += step) {
      total += t;
      if (t < total * 1e-18) break;
      const auto a = static_cast<double>(step < 0 ? x : x + 1);
      const auto up = (static_cast<double>(wrong) - a + 1) * (static_cast<double>(n) - a + 1) /
                      (a * static_cast<double>(all - wrong - n + static_cast<int64_t>(a)));
      t = step < 0 ? t / up : t * up;
    }
    return total;
  };
  return k < mode ? std::min(1.0, sum(k, least, -1)) : std::max(0.0, 1 - sum(k + 1, most, 1));
}

}  // namespace paucal::quality
