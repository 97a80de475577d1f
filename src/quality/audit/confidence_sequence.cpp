#include "quality/audit/confidence_sequence.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "quality/bisect.h"
#include "quality/special.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kSequencePlace = "confidence sequence";
// Beyond it the logarithms of factorials lose the digits that decide.
constexpr int64_t kMostInAll = 1'000'000'000;

void check_sequence(int64_t right, int64_t seen, const SequenceOptions& options) {
  if (right < 0 || right > seen)
    fail(kSequencePlace, "{} right of {} seen, expected 0 to all", right, seen);
  if (!(options.alpha > 0 && options.alpha < 1))
    fail(kSequencePlace, "alpha {}, expected between 0 and 1", options.alpha);
  if (!(options.prior_right > 0 && options.prior_wrong > 0))
    fail(kSequencePlace, "prior {} right and {} wrong, expected more than 0", options.prior_right,
         options.prior_wrong);
}

void check_population(int64_t seen, int64_t population) {
  if (population < 1 || population > kMostInAll || seen > population)
    fail(kSequencePlace, "{} seen of {}, expected 1 to {} in all and no more seen", seen,
         population, kMostInAll);
}

// log of the mixture's probability of this very order of right and wrong ones.
double log_mixture(int64_t right, int64_t seen, const SequenceOptions& o) {
  return log_beta(o.prior_right + static_cast<double>(right),
                  o.prior_wrong + static_cast<double>(seen - right)) -
         log_beta(o.prior_right, o.prior_wrong);
}

bool excluded(int64_t theta, int64_t right, int64_t seen, int64_t population, double log_evidence,
              double alpha) {
  const int64_t wrong = seen - right;
  if (theta < right || theta > population - wrong) return true;
  const auto d = [](int64_t v) { return static_cast<double>(v); };
  const double log_likelihood = log_choose(d(theta), d(right)) +
                                log_choose(d(population - theta), d(wrong)) -
                                log_choose(d(population), d(seen));
  // A tie stays in: "< 1/α" up to rounding.
  return log_evidence + log_choose(d(seen), d(right)) - log_likelihood >= -std::log(alpha);
}

}  // namespace

bool finite_sequence_excludes(int64_t theta, int64_t right, int64_t seen, int64_t population,
                              const SequenceOptions& options) {
  check_sequence(right, seen, options);
  check_population(seen, population);
  return excluded(theta, right, seen, population, log_mixture(right, seen, options), options.alpha);
}

Interval finite_sequence(int64_t right, int64_t seen, int64_t population,
                         const SequenceOptions& options) {
  check_sequence(right, seen, options);
  check_population(seen, population);
  const double evidence = log_mixture(right, seen, options);
  const auto out = [&](int64_t theta) {
    return excluded(theta, right, seen, population, evidence, options.alpha);
  };
  // The likelihood has one peak, so what is in lies around it without a gap.
  const int64_t first = right, last = population - (seen - right);
  int64_t peak = first;
  if (seen > 0)
    peak = static_cast<int64_t>(static_cast<double>(right) / static_cast<double>(seen) *
                                static_cast<double>(population + 1));
  peak = std::clamp(peak, first, last);
  int64_t low = first, high = last;
  for (int64_t end = peak; low < end;) {
    const int64_t middle = low + (end - low) / 2;
    if (out(middle))
      low = middle + 1;
    else
      end = middle;
  }
  for (int64_t begin = peak; begin < high;) {
    const int64_t middle = begin + (high - begin + 1) / 2;
    if (out(middle))
      high = middle - 1;
    else
      begin = middle;
  }
  const auto all = static_cast<double>(population);
  return {static_cast<double>(low) / all, static_cast<double>(high) / all};
}

Interval stream_sequence(int64_t right, int64_t seen, const SequenceOptions& options) {
  check_sequence(right, seen, options);
  if (seen == 0) return {0, 1};
  const auto k = static_cast<double>(right), wrong = static_cast<double>(seen - right);
  const double evidence = log_mixture(right, seen, options) + std::log(options.alpha);
  // Below 0 while p is in.
  const auto against = [&](double p) {
    return evidence - (k > 0 ? k * std::log(p) : 0) - (wrong > 0 ? wrong * std::log1p(-p) : 0);
  };
  const double peak = k / static_cast<double>(seen);
  return {right == 0 ? 0 : bisect(0, peak, [&](double p) { return -against(p); }),
          wrong == 0 ? 1 : bisect(peak, 1, against)};
}

}  // namespace paucal::quality
