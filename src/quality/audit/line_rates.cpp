#include "quality/audit/line_rates.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kRatesPlace = "line rates";

// Right means: as it was said. Most of what is said OK is OK; nothing is known of the said NG.
Interval ng_share(const LineStratum& s, double alpha, bool at_every_look) {
  if (!at_every_look) return finite_population(s.ng, s.seen, s.parts, 1 - alpha);
  SequenceOptions options{.alpha = alpha};
  if (s.said_ng) {
    options.prior_right = options.prior_wrong = 0.5;
    return finite_sequence(s.ng, s.seen, s.parts, options);
  }
  const Interval ok = finite_sequence(s.seen - s.ng, s.seen, s.parts, options);
  return {1 - ok.high, 1 - ok.low};
}

// Of a in a + b: where both are 0 nothing is known, or nothing was estimated.
double share_of(double a, double b, double unknown) {
  return a + b > 0 ? a / (a + b) : unknown;
}

struct Count {
  double low = 0, high = 0, estimate = 0, parts = 0;

  void add(const LineStratum& s, const Interval& share) {
    const auto n = static_cast<double>(s.parts);
    low += n * share.low;
    high += n * share.high;
    parts += n;
    estimate += s.seen ? n * static_cast<double>(s.ng) / static_cast<double>(s.seen)
                       : std::numeric_limits<double>::quiet_NaN();
  }
};

}  // namespace

LineRates line_rates(std::span<const LineStratum> strata, const LineRateOptions& options) {
  int64_t doubtful = 0;  // strata not looked at whole: the others miss nothing
  for (const LineStratum& s : strata) {
    if (s.ng < 0 || s.ng > s.seen || s.seen > s.parts)
      fail(kRatesPlace, "{} NG of {} seen of {} parts, expected each at most the next", s.ng,
           s.seen, s.parts);
    doubtful += s.seen < s.parts;
  }
  const double alpha = options.alpha / static_cast<double>(std::max<int64_t>(1, doubtful));
  Count passed, caught;  // NG parts
  for (const LineStratum& s : strata)
    if (s.parts > 0)
      (s.said_ng ? caught : passed).add(s, ng_share(s, alpha, options.at_every_look));

  constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
  const double all = passed.parts + caught.parts;
  LineRates rates;
  if (all == 0) {
    rates.prevalence.estimate = rates.escape.estimate = rates.overkill.estimate = kUnknown;
    return rates;
  }
  rates.prevalence = {(passed.estimate + caught.estimate) / all,
                      {(passed.low + caught.low) / all, (passed.high + caught.high) / all}};
  rates.escape = {share_of(passed.estimate, caught.estimate, kUnknown),
                  {share_of(passed.low, caught.high, 0), share_of(passed.high, caught.low, 1)}};
  rates.overkill = {
      share_of(caught.parts - caught.estimate, passed.parts - passed.estimate, kUnknown),
      {share_of(caught.parts - caught.high, passed.parts - passed.low, 0),
       share_of(caught.parts - caught.low, passed.parts - passed.high, 1)}};
  return rates;
}

int64_t looks_for_escape(double escape, double caught, double said_ok, double confidence) {
  for (const double share : {escape, caught, said_ok})
    if (!(share > 0 && share < 1)) fail(kRatesPlace, "share {}, expected between 0 and 1", share);
  // M/(M + C) ≤ e where F = M/(said OK) ≤ e C / ((1 - e)(said OK)).
  const double passed = escape * caught / ((1 - escape) * said_ok);
  return passed < 1 ? looks_for(1 - passed, 0, confidence) : 1;
}

}  // namespace paucal::quality
