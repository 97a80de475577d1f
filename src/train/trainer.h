#pragma once
// The training loop: batches in, checkpoints and metrics out. Killed at any moment and started
// again, it ends bit-equal to a run that was never killed (CPU).

#include "train/best.h"
#include "train/keeper.h"
#include "train/train_options.h"
#include "train/work.h"

namespace paucal::train {

struct TrainResult {
  int64_t steps = 0;
  int64_t resumed_from = 0;
  Best best;
  double samples_per_second = 0;  // of the part that this process ran
};

// Leaves the kept weights in work.average, in evaluation mode. Throws Error on a loss that is not
// finite (names step and records), and on a checkpoint of another run.
TrainResult train(const TrainOptions& options, Work& work, const TrainFolder& run);

}  // namespace paucal::train
