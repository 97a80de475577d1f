#include "quality/audit/audit_plan.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr double kGone = 1e-12;  // probability that no longer counts

void check(const AuditPlanOptions& o) {
  for (const double share : {o.precision, o.confidence})
    if (!(share > 0 && share < 1))
      fail("audit plan", "precision {} and confidence {}, expected between 0 and 1", o.precision,
           o.confidence);
  if (!(o.expected >= 0 && o.expected <= 1))
    fail("audit plan", "expected share {}, expected 0 to 1", o.expected);
  if (o.most < 1 || o.population < 0)
    fail("audit plan", "{} looks of {} items, expected at least 1 of 0 or more", o.most,
         o.population);
}

class Rule {
 public:
  explicit Rule(const AuditPlanOptions& options) : options_(options) {
    sequence_.alpha = 1 - options.confidence;
    // The largest number of right ones that would break the promise.
    theta_ = static_cast<int64_t>(
                 std::ceil(options.precision * static_cast<double>(options.population) - 1e-9)) -
             1;
  }

  bool passes(int64_t seen, int64_t wrong) const {
    const int64_t right = seen - wrong;
    if (static_cast<double>(right) < options_.precision * static_cast<double>(seen)) return false;
    if (options_.population == 0)
      return stream_sequence(right, seen, sequence_).low >= options_.precision;
    return theta_ < 0 ||
           finite_sequence_excludes(theta_, right, seen, options_.population, sequence_);
  }

 private:
  AuditPlanOptions options_;
  SequenceOptions sequence_;
  int64_t theta_;
};

}  // namespace

AuditPlan plan_audit(const AuditPlanOptions& options) {
  check(options);
  const Rule rule(options);
  const bool finite = options.population > 0;
  const int64_t looks = finite ? std::min(options.most, options.population) : options.most;
  const auto all = static_cast<double>(options.population);
  const double wrong_in_all = std::round((1 - options.expected) * all);

  AuditPlan plan;
  std::vector<double> going{1};  // [e]: still going on with e wrong
  size_t first = 0;              // entries before it have passed or vanished
  int64_t allowed = -1;          // wrong ones with which it passes
  double left = 1;
  for (int64_t n = 1; n <= looks && left > kGone; ++n) {
    plan.mean += left;
    going.push_back(0);
    for (size_t e = going.size() - 1; e + 1 > first; --e) {
      const auto hit = [&](size_t before) {
        if (!finite) return 1 - options.expected;
        return std::clamp(
            (wrong_in_all - static_cast<double>(before)) / (all - static_cast<double>(n - 1)), 0.0,
            1.0);
      };
      going[e] *= 1 - hit(e);
      if (e > first) going[e] += going[e - 1] * hit(e - 1);
      if (e == 0) break;
    }
    while (rule.passes(n, allowed + 1)) {
      ++allowed;
      plan.looks_with_wrong.push_back(n);
    }
    for (; static_cast<int64_t>(first) <= allowed && first < going.size(); ++first) {
      plan.passes += going[first];
      left -= going[first];
      going[first] = 0;
    }
    while (going.size() > first + 1 && going.back() < kGone * 1e-6) going.pop_back();
    if (plan.least == 0 && allowed >= 0) plan.least = n;
    if (plan.nine_of_ten == 0 && plan.passes >= 0.9) plan.nine_of_ten = n;
  }
  return plan;
}

}  // namespace paucal::quality
