#pragma once
// By which rule a model's boxes come out best, on images of which something is known.

#include <span>
#include <vector>

#include "judge/raw_source.h"

namespace paucal::judge {

// A model's prediction for an image whose boxes are known, or whose label alone tells that there is
// a defect somewhere.
struct KnownImage {
  edge::Map heat;
  edge::Geometry geometry;             // of the heat map
  std::vector<edge::ScoredBox> found;  // by a box head; empty where the map makes the boxes
  std::vector<edge::Box> truths;       // original pixels
  bool somewhere = false;              // a defect, nobody said where: one box is right, if any
  double weight = 1;
};

// `channel`: the map that shows what the image's label names.
KnownImage known_image(const edge::ModelCard& model, const RawPrediction& raw, size_t channel,
                       std::vector<edge::Box> truths);

// For a box head: how probable a box must be.
struct ScoreChoice {
  double score = 0.5;
  double f1 = 0;  // of boxes, by metrics::is_right
};
ScoreChoice best_score(std::span<const KnownImage> images);

// For the class map. A cell is a defect if any of its pixels is, and the map is smooth, so regions
// come out too large, by an amount that the same boxes tell. A defect reaches as far as the map is
// faintly warm, but must be hot somewhere: the pair of thresholds with the best boxes is taken, and
// then the gap that does not end a defect.
struct RuleChoice {
  edge::BoxRule rule;
  double f1 = 0;  // of boxes that are right by degrees
};
RuleChoice best_rule(const edge::ModelCard& model, std::span<const KnownImage> images);

// How far the sides of boxes made by `rule` lie outside the true ones, in map cells: the weighted
// median over the boxes that are found, at least 0. `boxes`: how many those are.
struct Excess {
  double cells = 0;
  int boxes = 0;
};
Excess typical_excess(const edge::ModelCard& model, std::span<const KnownImage> images,
                      const edge::BoxRule& rule);

}  // namespace paucal::judge
