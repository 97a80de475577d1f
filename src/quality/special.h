#pragma once
// Distribution functions that the standard library lacks, to about 1e-12 of their value. Arguments
// outside of the domain are the caller's fault: the result is then meaningless, never a crash.
//
// Sources: DLMF (https://dlmf.nist.gov) 8.11.4 and 8.9.2 for the gamma function, 8.17.22 for beta.

#include <cstdint>

namespace paucal::quality {

double normal_cdf(double z);
double normal_quantile(double p);  // p in (0, 1)

// P(X > x) of a chi-square variable; the value that it exceeds with probability `tail` in (0, 1).
double chi_square_tail(double x, double degrees);
double chi_square_exceeded_by(double tail, double degrees);

double log_choose(double n, double k);
double log_beta(double a, double b);
double incomplete_beta(double a, double b, double x);  // regularised, I_x(a, b); a, b > 0
double beta_quantile(double a, double b, double p);

// P(X ≤ k) for X wrong ones among n looked at: of a share p, or of `wrong` in a set of `all`.
double binomial_cdf(int64_t k, int64_t n, double p);
double hypergeometric_cdf(int64_t k, int64_t n, int64_t wrong, int64_t all);

}  // namespace paucal::quality
