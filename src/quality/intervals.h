#pragma once
// Confidence intervals: how far a figure from few images may be trusted.

#include <cstdint>

namespace paucal::quality {

struct Interval {
  double low;
  double high;
};

// A share `successes` / `trials`, e.g. escapes among the NG images, at confidence `level` in
// (0, 1). No trials: [0, 1]. Throw Error: successes outside 0 … trials, a level outside (0, 1).
//
// Wilson (1927), without continuity correction: right on average.
Interval wilson(int64_t successes, int64_t trials, double level = 0.95);
// Clopper and Pearson (1934): never below its level, and wider. For promises.
Interval clopper_pearson(int64_t successes, int64_t trials, double level = 0.95);
// The share in a finite set of `population`, of which `drawn` were drawn without replacement: the
// tests of the hypergeometric distribution turned round (Wright, Exact Confidence Bounds when
// Sampling from Small Finite Universes, 1991). Never below its level. All drawn: the share itself.
// Throws Error, too: more drawn than there are, more than 1e9 items.
Interval finite_population(int64_t successes, int64_t drawn, int64_t population,
                           double level = 0.95);

// The fewest looks of which `wrong` may be wrong so that "at least `share` are right" holds with
// `confidence`: the lower end of Clopper and Pearson, one-sided. 59 for .95, none wrong.
// Not promised, here and above: anything after more than one look at the result. Whoever looks
// again until it fits needs audit/confidence_sequence.h.
int64_t looks_for(double share, int64_t wrong, double confidence = 0.95);

}  // namespace paucal::quality
