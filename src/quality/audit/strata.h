#pragma once
// A share from strata that were drawn from at different rates, e.g. many images near the threshold
// and few far from it.

#include <cstdint>
#include <span>
#include <vector>

#include "quality/audit/confidence_sequence.h"

namespace paucal::quality {

struct AuditStratum {
  int64_t population;  // items that could have been drawn
  int64_t seen;        // drawn at random among them, and looked at
  int64_t right;
};

struct ShareEstimate {
  double estimate = 0;  // NaN where a stratum that holds items was not looked at
  Interval bounds{0, 1};
};

// The share of right ones over all strata: Σ W_h k_h/n_h with W_h = N_h/N, inside Σ W_h [low_h,
// high_h], where each of the H strata not looked at whole has a confidence sequence at α/H
// (Bonferroni), so that the bounds hold at every look. Throws Error: no items at all, counts that
// cannot be. Not promised: the narrowest bounds; they add as if all strata missed the same way at
// once.
ShareEstimate stratified_share(std::span<const AuditStratum> strata,
                               const SequenceOptions& options = {});

// How to spread `looks` over strata of these populations so that the estimate's variance is least
// (Neyman, JRSS 1934): n_h ∝ N_h √(p_h (1 - p_h)). `shares` are guesses; one of 0 or 1 counts as
// half a wrong one of N_h. Each stratum gets at least one look where looks suffice, none more than
// it has.
std::vector<int64_t> neyman_allocation(std::span<const int64_t> populations,
                                       std::span<const double> shares, int64_t looks);

}  // namespace paucal::quality
