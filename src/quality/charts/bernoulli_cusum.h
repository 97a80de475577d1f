#pragma once
// A rise, or a fall, of the share of NG parts, part by part, however rare they are. (Limits
// p ± 3 √(p(1-p)/n) are useless at half a percent: negative below, skewed above.)

#include <cstdint>

#include "base/options.h"

namespace paucal::quality {

struct BernoulliCusumOptions {
  double usual = 0.01;
  double alarming = 0.02;
  double limit = 6;

  template <class V>
  void visit(V& v) {
    v(usual, "usual", "share of NG parts in a period that was declared good", Range{0, 0.5});
    v(alarming, "alarming", "share to be found soon; below `usual`: a fall", Range{0, 0.5});
    v(limit, "limit", "alarm at so many NG parts too many; see bernoulli_cusum_limit()",
      Range{0.01, 1000});
  }
};

// Reynolds and Stoumbos (Journal of Quality Technology 1999): B = max(0, B + x - γ), for a fall
// B = max(0, B + γ - x), with γ = r₁/r₂, r₁ = -ln((1-p₁)/(1-p₀)), r₂ = ln(p₁(1-p₀)/(p₀(1-p₁))).
// γ is rounded to 1/m with a whole m, which makes the run length of the chart exact.
// Not promised: the run length where the usual share was estimated from few parts (take 2,000 and
// more) or parts are not independent.
class BernoulliCusum {
 public:
  // Throws Error: shares outside (0, .5) or equal, a limit of 0 or so large that no run ends.
  explicit BernoulliCusum(const BernoulliCusumOptions& options = {});

  bool add(bool ng);  // true: at the limit or above; it stays there until restart()
  void restart() { state_ = 0; }
  double value() const { return static_cast<double>(state_) / static_cast<double>(m_); }

  // Average number of parts until an alarm, from 0, at a share p in (0, 1): exactly, by the Markov
  // chain of the m · limit states. At the usual share it is how often a false alarm comes.
  double run_length(double p) const;

 private:
  bool rise_;
  int64_t m_, end_, state_ = 0;  // in steps of 1/m
};

// The least limit with which a false alarm comes every `run_length` parts at the soonest.
// Throws Error as above; a run length outside 1 to 1e9.
double bernoulli_cusum_limit(double usual, double alarming, double run_length);

}  // namespace paucal::quality
