#pragma once
// What a simulation works on: a finished run, and the training images whose true boxes are known.

#include "edge/image/image.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

// A training image that a person would look at.
struct SimulatedImage {
  int record = -1;
  std::vector<edge::Box> truths;  // original pixels
};

struct SimulationScene {
  RunState start;  // the run's model before anybody has looked; its data stay open
  std::vector<SimulatedImage> images = {};

  const data::Record& record(const SimulatedImage& image) const {
    return start.dataset.at(image.record);
  }
};

// Copies the model of `run` (of a chain: of its last run) into `folder`/start and judges it anew.
// Left out are OK images, those whose truth nobody knows, and NG images without a true box.
// Throws Error: no run, a run that boxes do not teach, no truth.
SimulationScene open_simulation(const std::filesystem::path& run,
                                const std::filesystem::path& truth,
                                const std::filesystem::path& folder);

}  // namespace paucal::pipeline
