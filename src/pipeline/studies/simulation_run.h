#pragma once
// One run of a simulation: taught by what was reviewed so far, it proposes boxes for the rest.

#include "metrics/annotation/review_order.h"
#include "metrics/figures.h"
#include "pipeline/studies/simulation_scene.h"

namespace paucal::pipeline {

// What a person left on an image.
struct SeenImage {
  size_t number = 0;  // in SimulationScene::images
  std::vector<edge::Box> boxes = {};
};

struct Teaching {
  std::filesystem::path before;  // the run whose weights and pseudo boxes begin
  std::vector<SeenImage> seen = {};
  double min_evidence = .3;  // of pseudo boxes
  double epochs = 1;
  uint64_t seed = 0;
  bool proposes = true;  // whether another run follows
};

// Leaves taught_boxes.json, a model, eval.json and, if it proposes, pseudo_boxes.json in `folder`.
// Goes on where it was killed. Throws Error.
void teach(const SimulationScene& scene, const Teaching& teaching,
           const std::filesystem::path& folder, const Train& train);

// What a run proposes on one image.
struct Proposal {
  std::vector<edge::Box> boxes = {};  // original pixels, clear of the reviewer's truth
  metrics::ReviewCandidate candidate = {};
};
// One an image of the scene, in its order. Throws Error.
std::vector<Proposal> proposals_of(const SimulationScene& scene, const std::filesystem::path& run);

std::span<const metrics::Picked> simulation_figures();
// {key: value} of these figures of a run.
Json figures_of_simulated(const std::filesystem::path& run);

}  // namespace paucal::pipeline
