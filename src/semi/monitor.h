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

class Monitor {
 public:
  // `prior`: [K] share of each class among labels.
  Monitor(Audit audit, at::Tensor prior);

  // Figures of a step for the log:
  //   pseudo_share       mean weight of the pseudo-labels
  //   pseudo_classes     how many classes they spread over: exp of the entropy of their histogram,
  //                      a moving average
  //   pseudo_precision   of those that counted and that the audit knows, the share that is right
  //   pseudo_overconfidence  mean confidence of the same ones less their precision
  // The last two only where the audit knows one of the step. Says so once where the labels collapse
  // into few classes.
  std::vector<std::pair<std::string, at::Tensor>> watch(const PseudoLabels& pseudo,
                                                        const at::Tensor& index, int64_t step);
  train::TensorMap state() const { return {{"histogram", histogram_}, {"warned", warned_}}; }

 private:
  void warn_of_collapse(double classes, int64_t step);

  Audit audit_;
  double prior_classes_;  // exp of the entropy of the prior
  at::Tensor histogram_;  // [K]
  at::Tensor warned_;     // int64, 1 once it was said
};

}  // namespace paucal::semi
