#pragma once
// Sampling plans of lots by attributes: look at `n` items of a lot, accept it with at most `accept`
// bad ones. And what such a plan lets through.

#include <cstdint>
#include <vector>

namespace paucal::quality {

struct SinglePlan {
  int64_t n;       // looked at
  int64_t accept;  // bad ones with which the lot is still accepted
};

// Probability that a lot is accepted: of a share p of bad items from an endless process (binomial),
// or of `bad` items among `lot` (hypergeometric).
double acceptance(const SinglePlan& plan, double p);
double acceptance_in_lot(const SinglePlan& plan, int64_t bad, int64_t lot);

// The operating characteristic curve: the acceptance at `points` even steps from 0 to `most`.
struct OcPoint {
  double bad;       // share
  double accepted;  // probability
};
std::vector<OcPoint> oc_curve(const SinglePlan& plan, double most, int points = 51);

// The share of bad items that is accepted with probability `accepted` only: with .1 the limiting
// quality (LQ, LTPD), with .95 what the producer may rely on. This and not the AQL is what a plan
// promises about a lot.
double quality_accepted_with(const SinglePlan& plan, double accepted);

// Where rejected lots are looked at whole and their bad items replaced: the worst share that goes
// out on average over many lots, whatever comes in (AOQL; Dodge and Romig, 1929), and where.
// `lot` 0: endless.
struct OutgoingLimit {
  double limit;     // AOQL
  double incoming;  // share of bad items at which it is reached
};
OutgoingLimit average_outgoing_limit(const SinglePlan& plan, int64_t lot = 0);
// Items looked at of each lot on average, the rejected ones whole.
double average_total_looks(const SinglePlan& plan, double p, int64_t lot);

// The plan with the fewest looks that accepts lots of share `good` with at least 1 - producer and
// those of share `bad` with at most `consumer` (binomial; Cameron, Industrial Quality Control
// 1952). Up to about 100,000 looks; more throw Error.
struct PlanRisks {
  double good = 0.01;
  double producer = 0.05;
  double bad = 0.05;
  double consumer = 0.10;
};
SinglePlan design_single_plan(const PlanRisks& risks);

// All throw Error for what cannot be: n < 1, accept < 0 or ≥ n, shares outside [0, 1].
// Not promised: anything of a single lot's bad share from its being accepted; readers who err.
}  // namespace paucal::quality
