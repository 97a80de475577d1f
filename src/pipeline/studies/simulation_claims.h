#pragma once
// What a simulation says: how much of the work of drawing every box is saved until a model is
// nearly as good. From simulate.json alone.

#include <string>

#include "base/json.h"

namespace paucal::pipeline {

inline constexpr double kNearlyAsGood = .95;  // of the quality that all boxes drawn by hand bring

// One entry a figure of which more is better, an order, and a factor ½, 1, 2 of what judging a
// proposal costs against drawing (metrics::with_judging; the orders were chosen at factor 1):
//   seconds[]    a seed: of review until kNearlyAsGood is reached; null: never
//   saved[]      a seed: 1 - seconds / (seconds to draw all training images); null
//   mean_saved   over the seeds; null where one of them never gets there
// `report`: costs, drawing.actions, drawn and points.
Json simulation_claims(const Json& report);

// Whether ours gets there sooner than random, in one sentence.
std::string simulation_verdict(const Json& report);

}  // namespace paucal::pipeline
