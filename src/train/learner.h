#pragma once
// The weights of a run and what moves them.

#include <c10/core/Device.h>

#include "train/ema.h"
#include "train/optimiser.h"
#include "train/train_options.h"
#include "train/work.h"

namespace paucal::train {

struct Learner {
  // Moves the modules of `work` to the device. They must outlive this.
  Learner(const TrainOptions& options, const Work& work);

  c10::Device device;
  bool bf16 = false;    // what networks compute with (precision.h)
  Optimiser optimiser;  // of work.model and work.extra
  Ema ema;              // of work.model, in work.average
};

}  // namespace paucal::train
