#pragma once
// Did the unlabelled images help? The run against the same one that learns from its labels alone.

#include <filesystem>
#include <string>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

// Trains the supervised counterpart into RUN/check/supervised where it is not there yet (the same
// labels, seed, network and steps), and writes RUN/check/check.json:
//   held_out     images with a label that training did not learn from (val and test), with the
//                errors and calibration errors (ECE) of both models on them
//   difference   error of the run less that of labels alone, with its 95 % interval (paired)
//   verdict      "helped", "harmed" or "no difference seen"
//   pseudo       at confidence ≥ .95: share and precision of predicted labels, over all held-out
//                images and by class, and on the audit: unlabelled images whose label is known
//   over_time, classes_over_time   what became of the pseudo-labels as training went: curves.h
//   foreign      unlabelled images that look unlike the labelled ones: foreign.h; their names are
//                in RUN/check/foreign.csv
// Of an inspection: see stream_check.h.
// Throws Error: no run of a semi-supervised method, fewer than 2 held-out images.
Json check_run(const std::filesystem::path& folder, const Train& train = execute_train);

std::string check_text(const Json& report);  // for people

}  // namespace paucal::pipeline
