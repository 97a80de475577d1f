#pragma once
// What a line looked like in a period that a person declared good, and the limits that follow from
// it and from how often a false alarm may come.

#include <optional>
#include <span>
#include <vector>

#include "base/options.h"
#include "loop/spool_line.h"
#include "quality/charts/bernoulli_cusum.h"
#include "quality/charts/ewma.h"

namespace paucal::loop {

struct WatchOptions {
  int64_t alarm_every = 200'000;
  int batch = 500;
  int64_t least_parts = 2000;
  int most_values = 4000;

  template <class V>
  void visit(V& v) {
    v(alarm_every, "alarm_every",
      "parts between two false alarms where nothing changes, of all rules of a stream together",
      Range{1000, 1e8});
    v(batch, "batch", "parts that are compared with the baseline at once", Range{50, 1e5});
    v(least_parts, "least_parts", "parts that a baseline needs", Range{200, 1e7});
    v(most_values, "most_values", "values of each feature that a baseline keeps", Range{200, 1e5});
  }
};

// A part as it is watched.
struct Observation {
  int64_t id = 0;      // grows with time
  int64_t number = 0;  // in its stream, from 1
  Features features{};
  bool ng = false;
  std::string hash = {};  // of the file's bytes; may be empty
};

struct FeatureBaseline {
  bool watched = false;        // some lines lack it, or it is always the same
  bool tied = false;           // many equal values: χ² in bins instead of KS
  std::vector<double> values;  // sorted
  std::vector<double> edges;   // of bins with about as many values each
  std::vector<int64_t> counts;
  quality::ChartBaseline means{0, 1};  // of means of mean_batch parts
  double median = 0, lowest = 0;
};

struct Baseline {
  WatchOptions options = {};
  int64_t parts = 0, ng = 0;
  // Every `thin`-th value is tested: neighbours on a line are alike, and counting each would call
  // that drift. From the variance of means of parts in a row over that of independent ones.
  int thin = 1;
  int mean_batch = 20;
  std::array<FeatureBaseline, kFeatures.size()> features = {};
  quality::EwmaOptions ewma = {};
  // From the upper end of what the share of NG may be to its double, and from the lower end to its
  // half (one-sided 95 % of Clopper and Pearson), so that chance in the baseline is no alarm later.
  std::optional<quality::BernoulliCusumOptions> rise = {}, fall = {};

  double alpha() const;  // of one comparison of a batch, all features together
};

// Four rules share the budget: batches against the baseline (KS or χ², Holm over the features),
// moving averages, and NG rising and falling. Limits of the averages are widened by two standard
// errors of their mean and one of their σ. Throws Error: fewer parts than least_parts.
// Not promised: the budget where parts depend on each other over more than a few hundred.
Baseline make_baseline(std::span<const Observation> parts, const WatchOptions& options);

Json to_json(const Baseline& baseline);
Baseline baseline_from_json(const Json& json);  // throws Error

}  // namespace paucal::loop
