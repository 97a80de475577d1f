#pragma once
// An exponentially weighted moving average against limits: finds small lasting shifts of a mean,
// e.g. of the brightness of batches.

#include <span>

#include "base/options.h"

namespace paucal::quality {

// Mean and standard deviation of a period that somebody declared good. For batches: of their means,
// since lots differ by more than chance within a lot would have it.
struct ChartBaseline {
  double mean;
  double sigma;
};
// Throws Error: fewer than 2 values, values that are not finite or all equal.
ChartBaseline chart_baseline(std::span<const double> values);

struct EwmaOptions {
  double lambda = 0.1;
  double limit = 2.814;

  template <class V>
  void visit(V& v) {
    v(lambda, "lambda", "weight of the newest value; small ones find small shifts", Range{0.01, 1});
    v(limit, "limit", "half width in standard deviations of the average; see ewma_limit()",
      Range{0.1, 10});
  }
};

// Roberts (Technometrics 1959): z = λx + (1-λ)z from the mean, limits L σ √(λ/(2-λ)
// (1-(1-λ)^{2t})). Not promised: the run length where values are not normal and independent, or
// where mean and σ were estimated from few (fewer than some 100 batches make false alarms more
// frequent).
class Ewma {
 public:
  explicit Ewma(const ChartBaseline& baseline, const EwmaOptions& options = {});
  bool add(double x);  // true: outside the limits. NaN changes nothing.
  double value() const { return mean_ + sigma_ * z_; }
  double half_width() const;  // of the limits now
  void restart();             // after an alarm was dealt with

 private:
  double mean_, sigma_, lambda_, limit_;
  double z_ = 0;      // in standard deviations
  double decay_ = 1;  // (1-λ)^{2t}
};

// Average run length, values until an alarm, with a mean shifted by `shift` standard deviations:
// Markov chain of 101 states (Brook and Evans, Biometrika 1972; Lucas and Saccucci, Technometrics
// 1990), for limits at their final width. Without a shift it is how often a false alarm comes.
double ewma_run_length(const EwmaOptions& options, double shift = 0);
// L for which a false alarm comes every `run_length` values (2 to 1e6).
double ewma_limit(double lambda, double run_length);

}  // namespace paucal::quality
