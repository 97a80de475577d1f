#include "quality/intervals.h"

#include <cmath>

#include "base/error.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kPlace = "intervals";
// Beyond it the logarithms of factorials lose the digits that decide.
constexpr int64_t kMostItems = 1'000'000'000;

void check_level(double level) {
  if (!(level > 0 && level < 1)) fail(kPlace, "level {}, expected between 0 and 1", level);
}

void check_counts(int64_t successes, int64_t trials) {
  if (successes < 0 || successes > trials)
    fail(kPlace, "{} of {}: expected 0 to all", successes, trials);
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
  return {successes > 0 ? beta_quantile(k, n - k + 1, tail) : 0,
          successes < trials ? beta_quantile(k + 1, n - k, 1 - tail) : 1};
}

Interval finite_population(int64_t successes, int64_t drawn, int64_t population, double level) {
  check_counts(successes, drawn);
  check_level(level);
  if (population < 1 || population > kMostItems || drawn > population)
    fail(kPlace, "{} drawn of {}: expected a population of 1 to {} and no more drawn", drawn,
         population, kMostItems);
  const double tail = (1 - level) / 2;
  // The least and the most successes in the population under which the sample is no surprise.
  int64_t low = successes, high = population - (drawn - successes);
  const int64_t fewest = low, most = high;
  // P(X ≥ successes) rises with the number in the population, P(X ≤ successes) falls.
  for (int64_t end = most; low < end;) {
    const int64_t middle = low + (end - low) / 2;
    if (1 - hypergeometric_cdf(successes - 1, drawn, middle, population) > tail)
      end = middle;
    else
      low = middle + 1;
  }
  for (int64_t begin = fewest; begin < high;) {
    const int64_t middle = begin + (high - begin + 1) / 2;
    if (hypergeometric_cdf(successes, drawn, middle, population) > tail)
      begin = middle;
    else
      high = middle - 1;
  }
  const auto all = static_cast<double>(population);
  return {static_cast<double>(low) / all, static_cast<double>(high) / all};
}

int64_t looks_for(double share, int64_t wrong, double confidence) {
  check_level(share);
  check_level(confidence);
  if (wrong < 0) fail(kPlace, "{} wrong, expected at least 0", wrong);
  // P(at most `wrong` wrong | share) falls with the looks.
  const auto promised = [&](int64_t n) {
    return binomial_cdf(wrong, n, 1 - share) <= 1 - confidence;
  };
  int64_t high = wrong + 1;
  while (!promised(high)) high *= 2;
  int64_t low = wrong;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (promised(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace paucal::quality
