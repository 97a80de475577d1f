#include "quality/charts/bernoulli_cusum.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kCusumPlace = "bernoulli cusum";
constexpr int64_t kMostStates = 20'000'000;

void check_shares(double usual, double alarming) {
  for (const double p : {usual, alarming})
    if (!(p > 0 && p < 0.5)) fail(kCusumPlace, "share {}, expected between 0 and .5", p);
  if (usual == alarming) fail(kCusumPlace, "both shares {}, expected two", usual);
}

// 1/γ as a whole number.
int64_t parts_of(double p0, double p1) {
  const double r1 = -std::log((1 - p1) / (1 - p0)), r2 = std::log(p1 * (1 - p0) / (p0 * (1 - p1)));
  return std::max<int64_t>(2, std::llround(r2 / r1));
}

// An OK part goes one step down, an NG part m - 1 up, 0 holds. L(s) = 1 + (1-p) L(s-1) + p L(s+m-1)
// gives each L from those above it, as a line in the unknown L(end-1); what happens at 0 tells
// that.
double rise_run_length(double p, int64_t m, int64_t end) {
  std::vector<double> constant(static_cast<size_t>(end), 0), slope(static_cast<size_t>(end), 0);
  const auto at = [&](const std::vector<double>& v, int64_t s) {
    return s < end ? v[static_cast<size_t>(s)] : 0;
  };
  slope.back() = 1;
  for (int64_t s = end - 1; s > 0; --s) {
    const auto below = static_cast<size_t>(s - 1);
    constant[below] = (at(constant, s) - 1 - p * at(constant, s + m - 1)) / (1 - p);
    slope[below] = (at(slope, s) - p * at(slope, s + m - 1)) / (1 - p);
  }
  const double last = (1 / p + at(constant, m - 1) - constant[0]) / (slope[0] - at(slope, m - 1));
  return constant[0] + slope[0] * last;
}

// An OK part goes one step up, an NG part m - 1 down to 0. L(s) = L(0) - f(s), f from below.
double fall_run_length(double p, int64_t m, int64_t end) {
  std::vector<double> f(static_cast<size_t>(end) + 1, 0);
  for (int64_t s = 0; s < end; ++s)
    f[static_cast<size_t>(s + 1)] = (f[static_cast<size_t>(s)] + 1 -
                                     p * f[static_cast<size_t>(std::max<int64_t>(0, s - m + 1))]) /
                                    (1 - p);
  return f.back();
}

}  // namespace

BernoulliCusum::BernoulliCusum(const BernoulliCusumOptions& o) : rise_(o.alarming > o.usual) {
  check_shares(o.usual, o.alarming);
  m_ = parts_of(o.usual, o.alarming);
  const double end = std::ceil(o.limit * static_cast<double>(m_) - 1e-9);
  if (!(end >= 1 && end <= static_cast<double>(kMostStates)))
    fail(kCusumPlace, "limit {}, expected above 0 and up to {}", o.limit, kMostStates / m_);
  end_ = static_cast<int64_t>(end);
}

bool BernoulliCusum::add(bool ng) {
  if (state_ >= end_) return true;
  const bool up = ng == rise_;
  const int64_t step = ng ? m_ - 1 : 1;
  state_ = std::max<int64_t>(0, up ? state_ + step : state_ - step);
  return state_ >= end_;
}

double BernoulliCusum::run_length(double p) const {
  if (!(p > 0 && p < 1)) fail(kCusumPlace, "share {}, expected between 0 and 1", p);
  return rise_ ? rise_run_length(p, m_, end_) : fall_run_length(p, m_, end_);
}

double bernoulli_cusum_limit(double usual, double alarming, double run_length) {
  check_shares(usual, alarming);
  if (!(run_length >= 1 && run_length <= 1e9))
    fail(kCusumPlace, "a run length of {} parts, expected 1 to 1e9", run_length);
  const int64_t m = parts_of(usual, alarming);
  const auto enough = [&](int64_t end) {
    return (alarming > usual ? rise_run_length : fall_run_length)(usual, m, end) >= run_length;
  };
  // In small steps: far above the wanted run length the rise's equation loses its digits.
  int64_t low = 0, high = 1;
  while (!enough(high)) {
    low = high;
    high += std::max<int64_t>(1, m / 2);
    if (high > kMostStates)
      fail(kCusumPlace, "shares {} and {} need more than {} states, expected them further apart",
           usual, alarming, kMostStates);
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return static_cast<double>(high) / static_cast<double>(m);
}

}  // namespace paucal::quality
