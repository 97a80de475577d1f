#pragma once
// Active learning, measured: truth is hidden, a simulated reviewer who pays for every action by a
// table of costs says what is right, and what was reviewed teaches. Which order of images makes
// most of a person's seconds?

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

struct SimulateOptions {
  std::filesystem::path truth = {};  // empty: as the run's recipe has it
  std::filesystem::path costs = {};  // YAML or JSON of metrics::ActionCosts; empty: the defaults
  int seeds = 3;
  // After which shares of the seconds that reviewing everything takes with the run's own boxes.
  std::vector<double> points = {.1, .2, .4, .7};
  double epochs = 6;         // of training between two points
  double tolerance = 3;      // pixels that a side may be off
  double min_evidence = .3;  // pseudo boxes with less teach nothing
};

// For each seed and each order of metrics::review_order_names(): the boxes of `run` are reviewed
// until the seconds of a point are spent; what was reviewed, and pseudo boxes for the rest, teaches
// on from the last weights; the new weights propose anew. Beside it, the same number of epochs on
// all boxes drawn by hand. Of a chain its last run begins; boxes that taught it are put aside. OK
// images cost nothing: their label says that there is no box. `run` stays as it is.
//
//   DIR/start/                what the run's model says before anybody has looked
//   DIR/seed-S/drawn/         a run taught by all true boxes
//   DIR/seed-S/ORDER-POINT/   runs, with point.json: what was reviewed so far
//   DIR/settings.json         what was asked for
//   DIR/simulate.json         points[]: order, seed, point, images, seconds, actions, figures;
//                             drawn[]: seed, figures; claims[], see simulation_claims.h
//   DIR/simulate.html         curves, claims, points
//
// A point that is there is not made again, so that a killed simulation goes on. Throws Error: no
// run, no truth, a run that boxes do not teach, a folder made with other settings.
Json simulate(const std::filesystem::path& run, const SimulateOptions& options,
              const std::filesystem::path& folder, const Train& train = execute_train);

}  // namespace paucal::pipeline
