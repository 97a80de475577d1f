#pragma once
// Plain classification: softmax cross-entropy on the mean of the class map.

#include <memory>
#include <vector>

#include "base/options.h"
#include "train/method.h"

namespace paucal::train {

struct SupervisedOptions {
  double label_smoothing = 0;
  bool balance = true;

  template <class V>
  void visit(V& v) {
    v(label_smoothing, "label_smoothing", "share of the target spread over all classes",
      Range{0, 0.9});
    v(balance, "balance", "weigh classes by the inverse of their count");
  }
};

// `counts`: training images of each class.
std::shared_ptr<MapMethod> make_supervised(const SupervisedOptions& options,
                                           const std::vector<int64_t>& counts);

}  // namespace paucal::train
