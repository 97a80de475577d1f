#pragma once
// Confidence sequences: bounds of a share that hold at every look at once. An audit may look after
// each answer and stop when it likes, and the last bounds are still right with 1 - alpha. (With the
// bounds of intervals.h, looking after each of 500 labels claims "≥ 95 %" of a true 94.5 % in 12 of
// 100 audits instead of 5.)
//
// Both depend on two counts alone, so that an auditor can compute them from the record.
// Not promised: items that cannot be drawn; right and wrong as the auditors saw it, not as it is
// (rogan_gladen.h); a sample that is not drawn at random.

#include <cstdint>

#include "base/options.h"
#include "quality/intervals.h"

namespace paucal::quality {

// The prior only says where the bounds are tightest: near `prior_right` / (both), a share of about
// .98 here. They hold whatever it is.
struct SequenceOptions {
  double alpha = 0.05;
  double prior_right = 20;
  double prior_wrong = 0.5;

  template <class V>
  void visit(V& v) {
    v(alpha, "alpha", "how often the bounds may miss, at any of all looks", Range{1e-9, 0.5});
    v(prior_right, "prior_right", "right ones of the prior: bounds are tightest near it",
      Range{1e-3, 1e6});
    v(prior_wrong, "prior_wrong", "wrong ones of the prior", Range{1e-3, 1e6});
  }
};

// The share of right ones among `population`, of which `seen` were drawn without replacement and
// `right` are right. Prior-posterior ratio of a beta-binomial prior (Waudby-Smith and Ramdas,
// NeurIPS 2020, theorem 3.1): a number θ is in while P(right of seen) of the mixture over the prior
// is less than 1/α of its hypergeometric probability under θ. All seen: the share itself.
// Throws Error: counts that cannot be, options out of bounds.
Interval finite_sequence(int64_t right, int64_t seen, int64_t population,
                         const SequenceOptions& options = {});

// Does it exclude that `theta` of the population are right? What an audit asks at each look.
bool finite_sequence_excludes(int64_t theta, int64_t right, int64_t seen, int64_t population,
                              const SequenceOptions& options = {});

// The share of right ones in an endless stream of independent items: the beta-binomial mixture
// (Robbins, Annals of Mathematical Statistics 1970).
Interval stream_sequence(int64_t right, int64_t seen, const SequenceOptions& options = {});

}  // namespace paucal::quality
