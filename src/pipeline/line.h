#pragma once
// A chain: several runs in one folder, each taught by the boxes of the one before: classifier →
// pseudo boxes → detector → pseudo boxes → self-training. Each phase is a run of its own that
// stands in a folder of its own, with its figures and its report; the last one's model is the
// chain's.
//
//   RUN/recipe.yaml            the recipe as resolved
//   RUN/1-classifier/ …        the runs; pseudo_boxes.json in each that teaches another
//   RUN/2-detector/taught_boxes.json   what it was taught: reviewed boxes, else pseudo boxes
//   RUN/reviewed_boxes.json    what people say of the boxes, if they do (`paucal boxes import`)
//   RUN/line.json, report.html figures phase by phase
//   RUN/model.safetensors …    of the last phase, so that the folder is a run to all other commands

#include <filesystem>
#include <string>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

// Runs what is not done yet. Returns what line.json holds: a list `phases` of name, folder and
// figures. Throws Error.
Json run_line(const Recipe& recipe, const std::filesystem::path& folder, const std::string& command,
              const Train& train = execute_train);

}  // namespace paucal::pipeline
