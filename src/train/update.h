#pragma once
// One update of the weights: forward and backward passes, clipping, optimiser, EMA.

#include "data/feed/loader.h"
#include "train/learner.h"

namespace paucal::train {

struct UpdateFigures {
  double loss = 0;  // mean over the batches of the update
  double learning_rate = 0;
  double gradient_norm = 0;                           // before clipping
  std::vector<std::pair<std::string, double>> parts;  // of the first batch's loss
  int64_t rows = 0;                                   // samples seen
};

// The update with index `step` (from 0) of `total`, with the next options.accumulate batches.
// Throws Error on a loss or gradient that is not finite, and names the step and the records.
UpdateFigures update(const TrainOptions& options, const Work& work, Learner& learner,
                     data::Loader<HostBatch>& batches, int64_t step, int64_t total);

}  // namespace paucal::train
