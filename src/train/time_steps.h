#pragma once
// How long a step takes in each precision, measured on the network and the batch of the run.

#include "train/precision.h"
#include "train/work.h"

namespace paucal::train {

// The shortest of a few forward and backward passes each, in turns, on batch `number`; on the
// processor alone. Weights, buffers and the method's state are afterwards what they were, so a run
// that was measured equals one that was not. Gradients are left behind.
StepSeconds time_steps(const Work& work, const StepContext& context, int64_t number);

}  // namespace paucal::train
