#pragma once
// Do two samples of a number (logit, brightness, heat peak) come from one distribution?

#include <span>

namespace paucal::quality {

struct KsTest {
  double statistic = 0;  // the largest distance of the two distribution functions
  double p_value = 1;
  double tied = 0;  // share of values that occur more than once
};

// Two-sample Kolmogorov-Smirnov test; p from Kolmogorov's asymptotic series (Smirnov, 1948) with
// λ = D √(nm/(n+m)). Conservative for small samples. Throws Error: an empty sample, a value that is
// NaN.
// Not promised: p-values where many values are equal (8-bit means, heat of exactly 0): look at
// `tied` and take chi2.h above some percent. Values that follow each other on a line are not
// independent: take every k-th, or means of batches. Significance is not harm.
KsTest ks_test(std::span<const double> a, std::span<const double> b);

// The statistic that is passed with probability alpha at most: √(-½ ln(α/2)) √((n+m)/(nm)).
double ks_limit(double n, double m, double alpha);

}  // namespace paucal::quality
