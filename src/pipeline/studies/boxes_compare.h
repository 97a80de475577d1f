#pragma once
// How good the boxes of a run are, beside what costs nothing: a box in the middle, and contrast
// with a threshold from a few boxed images. For a chain of runs, phase by phase.

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"

namespace paucal::pipeline {

struct BoxCompareOptions {
  std::filesystem::path truth;                // empty: as the run's recipe has it
  std::vector<int> budgets = {0, 5, 10, 20};  // boxed validation images that set thresholds
  int few = 10;                               // boxed training images of the contrast baseline
  int worst = 20;                             // test images that are shown
};

// Writes RUN/boxes.json and boxes.html:
//   rows[]    name, and on the test images: loc_at_3px, median_edge_error_px, p95_edge_error_px,
//             map_at_50, max_box_acc_v2; on the training images: cor_loc
//   budget[]  the last run, its thresholds chosen on OK images with pasted defects and on `images`
//             boxed validation images
//   worst[]   test images whose defects are located worst: path, error
// Throws Error: no run, no truth.
Json compare_boxes(const std::filesystem::path& run, const BoxCompareOptions& options);

std::string boxes_table(const Json& report);  // for people

}  // namespace paucal::pipeline
