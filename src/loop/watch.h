#pragma once
// Drift: parts in their order against a baseline. A pure function of both, so that whoever has the
// record can watch again and must find the same alarms.

#include <map>
#include <string>
#include <vector>

#include "loop/baseline.h"

namespace paucal::loop {

// distribution: a batch differs from the baseline (KS or χ², Holm over the features)
// average:      a moving average of batch means is outside of its limits
// ng_rise, ng_fall: Bernoulli CUSUM of the verdicts
// frozen:       the same file three times in a row
// blank:        a picture of all but one grey
// The last two are no matter of chance and cost nothing of the budget.
inline constexpr std::array<const char*, 6> kRules = {"distribution", "average", "ng_rise",
                                                      "ng_fall",      "frozen",  "blank"};
using Rule = size_t;  // index of kRules

struct Raised {
  Rule rule = 0;
  int64_t since = 0, until = 0;  // ids of parts: where it began, as far as can be told, and ended
  int feature = -1;              // of kFeatures, that which moved most; -1: the verdicts
  std::string text = {};         // "mean fell from 121 to 113 (KS .42, limit .09, PSI 1.2)"
};

class Watcher {
 public:
  // `scores`: whether the model is that of the baseline; another one has other scores, and its
  // pictures alone are watched. `baseline` must outlive it.
  Watcher(const Baseline& baseline, bool scores);

  // A rule that raised is silent until restart(), which begins it anew.
  void add(const Observation& part, std::vector<Raised>& raised);
  void silence(Rule rule) { rules_[rule].silent = true; }
  void restart(Rule rule);

 private:
  struct RuleState {
    bool silent = false;
    int64_t since = 0;  // id of the first part that may have to do with an alarm
  };
  struct FeatureState {
    quality::Ewma ewma;
    double sum = 0;    // of the parts of this mean
    int64_t left = 0;  // id of the part since which the average is more than its σ off
    bool above = false;
    std::vector<double> batch = {};
  };

  bool watches(size_t feature) const;
  void raise(Rule rule, int64_t since, int64_t until, int feature, std::string text,
             std::vector<Raised>& raised);
  void compare_batch(const Observation& last, std::vector<Raised>& raised);
  void move_averages(const Observation& last, std::vector<Raised>& raised);
  void count_ng(const Observation& part, std::vector<Raised>& raised);
  void look_at_picture(const Observation& part, std::vector<Raised>& raised);

  const Baseline& baseline_;
  bool scores_;
  std::array<RuleState, kRules.size()> rules_{};
  std::vector<FeatureState> features_;
  int in_batch_ = 0, in_mean_ = 0;  // parts
  int64_t batch_since_ = 0, mean_since_ = 0;
  std::optional<quality::BernoulliCusum> rise_, fall_;
  std::string hash_ = {};
  int same_ = 0;
};

}  // namespace paucal::loop
