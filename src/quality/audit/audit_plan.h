#pragma once
// How many looks an audit will take that may stop at any of them.

#include <cstdint>
#include <vector>

#include "quality/audit/confidence_sequence.h"

namespace paucal::quality {

struct AuditPlanOptions {
  double precision = 0.95;
  double confidence = 0.95;
  double expected = 0.98;
  int64_t population = 0;
  int64_t most = 100'000;

  template <class V>
  void visit(V& v) {
    v(precision, "precision", "at least this share is to be right", Range{0, 1});
    v(confidence, "confidence", "of that promise, at every look", Range{0.5, 1});
    v(expected, "expected", "share that will probably be right", Range{0, 1});
    v(population, "population", "items that are covered; 0: an endless stream", Range{0, 1e9});
    v(most, "most", "looks after which the audit gives up", Range{1, 1e6});
  }
};

struct AuditPlan {
  int64_t least = 0;        // looks if all are right; 0: `most` do not suffice
  double mean = 0;          // looks until it passes or gives up, at the expected share
  int64_t nine_of_ten = 0;  // looks after which nine of ten such audits have passed; 0: fewer do
  double passes = 0;        // probability that it passes at all
  std::vector<int64_t> looks_with_wrong;  // [e]: looks after which e wrong ones pass
};

// For an audit that ends as soon as the lower bound of finite_sequence (stream_sequence) reaches
// `precision`. The counts are exact: the distribution of wrong ones is carried from look to look,
// hypergeometric in a population, binomial in a stream. Throws Error: precision or confidence
// outside (0, 1), fewer than 1 look. Where `expected` is not above `precision`, few audits pass.
AuditPlan plan_audit(const AuditPlanOptions& options);

}  // namespace paucal::quality
