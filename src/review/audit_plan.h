#pragma once
// How many looks an audit of these strata will take.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "review/audit_population.h"

namespace paucal::review {

struct AuditForecast {
  int64_t population = 0;
  int64_t least = 0;        // looks if all are right; 0: not within 20,000
  double mean = 0;          // looks until it ends, at the expected share
  int64_t nine_of_ten = 0;  // looks after which nine of ten have passed; 0: fewer do
  std::vector<int64_t> looks_with_wrong = {};  // [e]: looks after which e wrong ones pass
  std::vector<int64_t> looks = {};             // to be drawn of each stratum
  // The operating characteristic: of a true share, the probability that the audit passes within
  // these looks. Below the precision at most 1 - confidence.
  std::vector<std::pair<double, double>> curve = {};

  int64_t drawn() const;
  Json to_json() const;
};

// The counts are exact for one stratum (quality/audit/audit_plan.h). Of several, `least` is exact,
// the others and the curve are missing, and twice `least` is drawn, at least as many as of one
// stratum. Throws Error where the population is empty.
AuditForecast forecast_audit(const Population& population, const AuditOptions& options);

}  // namespace paucal::review
