#pragma once
// A threshold from OK images alone: split conformal prediction (Vovk et al., Algorithmic Learning
// in a Random World, 2005; Papadopoulos et al., ECML 2002). Whatever the distribution of scores,
// where held-out images and later ones are drawn alike, the next OK image lies above the r-th
// smallest of n held-out scores in (n + 1 - r) of n + 1 cases.

#include <cstdint>
#include <span>

namespace paucal::quality {

struct ConformalThreshold {
  double threshold = 0;
  int64_t held_out = 0;  // n
  double false_alarms =
      0;  // expected share of OK images above it, over draws of the n: (n+1-r)/(n+1)
  double false_alarms_95 = 0;  // the share that 95 of 100 draws stay below
  bool kept = false;           // n was enough to promise `alpha`
};

// The ⌈(n + 1)(1 - alpha)⌉-th smallest score. Where n < 1 / alpha - 1 there is no such score: the
// largest, and 5 % of what it exceeds the median by on top, so that equals of the worst held-out
// image pass. Throws Error: no scores, one that is not finite, alpha outside (0, 1).
ConformalThreshold conformal_threshold(std::span<const double> scores, double alpha);

// Held-out images that it takes to promise `alpha`: ⌈1 / alpha⌉ - 1.
int64_t images_to_promise(double alpha);

}  // namespace paucal::quality
