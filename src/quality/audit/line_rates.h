#pragma once
// What the line does: the share of NG parts, of NG parts that pass (escape), of OK parts that are
// thrown away (overkill), from a random sample of what was said OK and of what was said NG.

#include <cstdint>
#include <span>

#include "base/options.h"
#include "quality/audit/strata.h"

namespace paucal::quality {

// Parts of the line with one inclusion probability, e.g. "said OK, near the threshold".
struct LineStratum {
  bool said_ng;
  int64_t parts;  // that the line judged so
  int64_t seen;   // drawn at random among them, and looked at
  int64_t ng;     // of those seen, truly NG
};

struct LineRateOptions {
  double alpha = 0.05;
  bool at_every_look = true;

  template <class V>
  void visit(V& v) {
    v(alpha, "alpha", "how often the bounds of all three rates may miss", Range{1e-9, 0.5});
    v(at_every_look, "at_every_look",
      "bounds hold however often they are looked at; false: for one look, and narrower");
  }
};

struct LineRates {
  ShareEstimate prevalence;  // NG among all
  ShareEstimate escape;      // said OK among the NG
  ShareEstimate overkill;    // said NG among the OK
};

// Two-phase sampling (Begg and Greenes, Biometrics 1983): with M the NG parts that passed and C
// those that were caught, prevalence = (M + C)/N, escape = M/(M + C), overkill = (N_ng - C)/(N - M
// - C). Each of the H strata that were not looked at whole has bounds at α/H (finite_sequence, or
// finite_population for one look); the rates are monotone in M and C, so their ends follow. All
// three hold together. A stratum not looked at leaves [0, 1] there, and the estimate is NaN, as it
// is where nothing could be counted. Throws Error: counts that cannot be.
//
// Not promised: the narrowest bounds (in 1,000 simulated lines of three strata none missed); parts
// that the spool could not keep; truth beyond what the reader saw
// (rogan_gladen.h); a sample that people chose (the doubtful, the returned) instead of chance.
LineRates line_rates(std::span<const LineStratum> strata, const LineRateOptions& options = {});

// How many parts that were said OK must be looked at, all of them truly OK, to say "escape ≤
// `escape`" at one look: `caught` is the share of all parts that are NG and were said NG, `said_ok`
// the share that was said OK. About 2,700 for 10 % at 1 % NG. Throws Error: shares outside (0, 1).
int64_t looks_for_escape(double escape, double caught, double said_ok, double confidence = 0.95);

}  // namespace paucal::quality
