#include "quality/conformal.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "quality/intervals.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kConformalPlace = "conformal";
constexpr double kMargin = .05;
// 1 / .01 is 100.00000000000001 to a computer.
constexpr double kRounding = 1e-9;

void check_alpha(double alpha) {
  if (!(alpha > 0 && alpha < 1)) fail(kConformalPlace, "alpha {}, expected between 0 and 1", alpha);
}

}  // namespace

int64_t images_to_promise(double alpha) {
  check_alpha(alpha);
  return static_cast<int64_t>(std::ceil(1 / alpha - kRounding)) - 1;
}

ConformalThreshold conformal_threshold(std::span<const double> scores, double alpha) {
  check_alpha(alpha);
  if (scores.empty()) fail(kConformalPlace, "0 held-out scores, expected at least 1");
  for (const double score : scores)
    if (!std::isfinite(score)) fail(kConformalPlace, "score {}, expected a finite one", score);
  std::vector<double> sorted(scores.begin(), scores.end());
  std::ranges::sort(sorted);
  const int64_t n = std::ssize(sorted);
  const auto wanted =
      static_cast<int64_t>(std::ceil(static_cast<double>(n + 1) * (1 - alpha) - kRounding));
  ConformalThreshold result;
  result.held_out = n;
  result.kept = wanted <= n;
  const int64_t rank = std::min(wanted, n), above = n - rank;
  result.threshold = sorted[static_cast<size_t>(rank - 1)];
  if (!result.kept)
    result.threshold += kMargin * (sorted.back() - sorted[static_cast<size_t>(n / 2)]);
  result.false_alarms = static_cast<double>(above + 1) / static_cast<double>(n + 1);
  // P(share <= p) = 1 - P(Binomial(n, p) <= above): the upper bound of Clopper and Pearson.
  result.false_alarms_95 = clopper_pearson(above, n, .9).high;
  return result;
}

}  // namespace paucal::quality
