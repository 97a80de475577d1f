#pragma once
// How the learning rate moves over a run.

#include <cstdint>
#include <string>

#include "base/options.h"

namespace paucal::train {

struct ScheduleOptions {
  std::string name = "cosine";
  int64_t warmup_steps = 0;
  double warmup_fraction = 0;

  template <class V>
  void visit(V& v) {
    v(name, "name", "how the learning rate falls after the warm-up",
      OneOf{{"cosine", "cosine_7_16", "linear", "constant"}});
    v(warmup_steps, "warmup_steps", "steps of linear rise at the start", Range{0, 1e12});
    v(warmup_fraction, "warmup_fraction",
      "the same as a share of all steps; the longer of the two counts", Range{0, 1});
  }
};

// The learning rate of the step with index `step` (from 0) of `total`, as a share of the peak
// rate. Warm-up of w steps: (step + 1) / w. Then, with t = (step - w) / (total - w):
//   cosine       (1 + cos πt) / 2     Loshchilov and Hutter (2017)
//   cosine_7_16  cos(7πt / 16)        FixMatch, Sohn et al. (2020); ends near .2
//   linear       1 - t
//   constant     1
// Beyond the end t stays 1. Throws Error: step < 0, total < 1, an unknown name.
double lr_at(int64_t step, int64_t total, const ScheduleOptions& options);

}  // namespace paucal::train
