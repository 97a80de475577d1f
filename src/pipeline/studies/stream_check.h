#pragma once
// Did the line's own images help an inspection? The run against the same one that learns from its
// labels alone.

#include <filesystem>
#include <string>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

// Trains the run's counterpart into RUN/check/supervised where it is not there yet (the same
// labels, seed, network and steps), and writes RUN/check/check.json:
//   held_out    images with a label that training did not learn from (val and test): AUROC and
//               average precision of both
//   difference  AUROC of the run less that of labels alone, with its 95 % interval: 2,000 draws of
//               groups with replacement, the same for both (Efron's paired bootstrap)
//   verdict     "helped", "harmed" or "no difference seen"
//   over_time   what became of the pseudo-labels
// Throws Error: no held-out image of one of both kinds.
Json check_stream_run(RunState& run, const Train& train);

std::string stream_check_text(const Json& report);  // for people

}  // namespace paucal::pipeline
