#pragma once
// Totals and means of all items from those that were drawn with known, unequal probabilities, e.g.
// the images that a spool kept.

#include <span>

namespace paucal::quality {

struct DrawnItem {
  double value;
  double pi;  // probability with which it was drawn, in (0, 1]
};

struct WeightedEstimate {
  double total = 0;           // Σ y/π
  double total_variance = 0;  // Σ (1-π) y²/π²
  double items = 0;           // estimated number of all items: Σ 1/π
  double mean = 0;            // Hájek's ratio Σ y/π / Σ 1/π; NaN where nothing was drawn
  double mean_variance = 0;   // of its linearisation: Σ (1-π)/π² (y - mean)² / items²
};

// Horvitz and Thompson (JASA 1952), equation 3.2; the variance is that of items drawn independently
// of each other (Poisson sampling: the spool's keyed hash). The mean is Hájek's (1971).
// Throws Error: a probability outside (0, 1], a value that is not finite.
//
// Not promised: normal intervals from these variances where few drawn items have a value other
// than 0: with no NG found the variance is 0, and the truth is not. Shares of rare defects need
// line_rates.h or strata.h. Items with π = 0 cannot be drawn and are not covered.
WeightedEstimate horvitz_thompson(std::span<const DrawnItem> drawn);

}  // namespace paucal::quality
