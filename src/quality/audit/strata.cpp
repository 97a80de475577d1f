#include "quality/audit/strata.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::quality {

ShareEstimate stratified_share(std::span<const AuditStratum> strata,
                               const SequenceOptions& options) {
  double all = 0;
  int64_t doubtful = 0;  // strata not looked at whole: the others miss nothing
  for (const AuditStratum& s : strata) {
    all += static_cast<double>(std::max<int64_t>(0, s.population));
    doubtful += s.seen < s.population;
  }
  if (all == 0) fail("strata", "0 items in {} strata, expected at least 1", strata.size());
  SequenceOptions each = options;
  each.alpha = options.alpha / static_cast<double>(std::max<int64_t>(1, doubtful));
  ShareEstimate result{0, {0, 0}};
  for (const AuditStratum& s : strata) {
    if (s.population == 0) continue;
    const Interval b = finite_sequence(s.right, s.seen, s.population, each);
    const double weight = static_cast<double>(s.population) / all;
    result.bounds.low += weight * b.low;
    result.bounds.high += weight * b.high;
    result.estimate += s.seen ? weight * static_cast<double>(s.right) / static_cast<double>(s.seen)
                              : std::numeric_limits<double>::quiet_NaN();
  }
  result.bounds.high = std::min(1.0, result.bounds.high);
  return result;
}

std::vector<int64_t> neyman_allocation(std::span<const int64_t> populations,
                                       std::span<const double> shares, int64_t looks) {
  if (populations.size() != shares.size())
    fail("strata", "{} populations and {} shares, expected as many", populations.size(),
         shares.size());
  const size_t n = populations.size();
  std::vector<double> wish(n);
  for (size_t h = 0; h < n; ++h) {
    if (populations[h] < 0 || !(shares[h] >= 0 && shares[h] <= 1))
      fail("strata", "stratum {}: {} items, share {}, expected 0 items or more and 0 to 1", h,
           populations[h], shares[h]);
    const auto items = static_cast<double>(populations[h]);
    const double least = items > 0 ? 0.5 / items : 0;
    const double p = std::clamp(shares[h], least, 1 - least);
    wish[h] = items * std::sqrt(p * (1 - p));
  }
  // One look at a time to whoever lacks most: rounding and full strata need no second rule.
  std::vector<int64_t> given(n, 0);
  for (; looks > 0; --looks) {
    size_t best = n;
    double most = -1;
    for (size_t h = 0; h < n; ++h) {
      if (given[h] >= populations[h]) continue;
      // The fall of N² p(1-p)/n by one look more; the first counts above all.
      const auto g = static_cast<double>(given[h]);
      const double gain = given[h] ? wish[h] * wish[h] / (g * (g + 1))
                                   : std::numeric_limits<double>::max() * .5 + wish[h];
      if (gain > most) {
        most = gain;
        best = h;
      }
    }
    if (best == n) break;
    ++given[best];
  }
  return given;
}

}  // namespace paucal::quality
