#pragma once
// How a training run went: the figures of its metrics.jsonl over the steps, as charts and, for a
// run with unlabelled images, in numbers.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "report/plots.h"

namespace paucal::report {

using Curves = std::map<std::string, std::vector<Point>>;  // figure → (step, value), by step

// Lines that are no JSON are left out: the last one may be cut short by a kill.
Curves read_curves(const std::filesystem::path& metrics);

// Loss, validation, and what became of the pseudo-labels; those without data are left out.
// `score`: the key of the validation figure to draw, and `name` what a sentence calls it.
std::vector<LineChart> training_charts(const Curves& curves, const std::string& score,
                                       const std::string& name);

// Means of the pseudo-labels' figures over ten equal stretches of the run: an array of objects with
// the last step of each, and share, precision, classes, ece and teacher_gap where they are known.
Json pseudo_over_time(const Curves& curves);

// By class, near the begin, the middle and the end of the run: {NAME: {ratio: [3], precision: [3]}}
// as Monitor::by_class() has them, null where unknown. Classes that the log has at the end only.
Json pseudo_by_class(const Curves& curves);

}  // namespace paucal::report
