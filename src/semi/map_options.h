#pragma once
// How unlabelled images teach class maps. Free of torch.

#include "base/options.h"

namespace paucal::semi {

struct MapConsistencyOptions {
  double weight = 1;
  double ramp = 0.3;
  double threshold = 0.95;

  template <class V>
  void visit(V& v) {
    v(weight, "weight", "weight of the unlabelled loss", Range{0, 1000});
    v(ramp, "ramp", "share of the run over which the weight rises", Range{0, 1});
    v(threshold, "threshold",
      "fixmatch: a place teaches as a defect from this probability on, as background from 1 - it "
      "down",
      Range{.5, 1});
  }
};

}  // namespace paucal::semi
