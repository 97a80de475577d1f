#pragma once
// Does the unlabelled data teach what is right? Watches the pseudo-labels while training goes on.

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "semi/method.h"

namespace paucal::semi {

// What an unlabelled sample really shows, by its number in the unlabelled set; -1: nobody knows.
using Audit = std::function<int64_t(int64_t)>;

using Figures = std::vector<std::pair<std::string, at::Tensor>>;  // detached scalars

// What is dear to work out is worked out some 200 times a run, at most every 20 steps, and at the
// end.
bool is_due(int64_t step, int64_t total_steps);

class Monitor {
 public:
  // `prior`: [K] share of each class among labels; `names`: [K] of the classes, or empty: their
  // numbers.
  Monitor(Audit audit, at::Tensor prior, std::vector<std::string> names = {});

  // Figures of a step for the log:
  //   pseudo_share       mean weight of the pseudo-labels
  //   pseudo_classes     how many classes they spread over: exp of the entropy of their histogram,
  //                      a moving average
  //   pseudo_prior_gap   total variation distance of that histogram from the labels', 0 … 1
  //   pseudo_precision   of those that counted and that the audit knows, the share that is right
  //   pseudo_overconfidence  mean confidence of the same ones less their precision
  //   pseudo_ece         expected calibration error of all predictions that the audit knows,
  //                      whether they counted or not: 15 bins over a memory of some 100 steps
  // The last three only where the audit knows one of the step. Says so once where the labels
  // collapse into few classes.
  Figures watch(const PseudoLabels& pseudo, const at::Tensor& index, int64_t step);

  // Moving averages by class, for now and then:
  //   pseudo_ratio/NAME      its share among the pseudo-labels over its share among the labels: 1
  //                          is as it should be, 0 is gone
  //   pseudo_precision/NAME  of the pseudo-labels that say NAME, the share that is right
  // Of more than 50 classes only the 5 least and the 5 most frequent ones by that ratio.
  Figures by_class() const;

  train::TensorMap state() const {
    return {{"histogram", histogram_},
            {"warned", warned_},
            {"calibration", calibration_},
            {"audited", audited_}};
  }

 private:
  Figures audit(const PseudoLabels& pseudo, const at::Tensor& truth);
  void warn_of_collapse(double classes, int64_t step);

  Audit audit_;
  at::Tensor prior_;  // [K]
  std::vector<std::string> names_;
  double prior_classes_;    // exp of the entropy of the prior
  at::Tensor histogram_;    // [K]
  at::Tensor calibration_;  // [3, bins] of confidence: predictions, sum of confidence, right ones
  at::Tensor audited_;      // [2, K] by class that was said: weight of pseudo-labels, of right ones
  at::Tensor warned_;       // int64, 1 once it was said
};

}  // namespace paucal::semi
