#pragma once
// How the scores of regions become the labels that teach the next branch. A refinement is one
// file and one line in refinements.def, under the name of model.refine.type.

#include <ATen/core/Tensor.h>

#include <string_view>
#include <vector>

namespace paucal::weak {

// The regions of one image, and what the branch before says of them; without gradient.
struct RegionScores {
  at::Tensor boxes;    // [R, 4] x0, y0, x1, y1 in network pixels
  at::Tensor scores;   // [R, K] probabilities; of a branch with background, without it
  at::Tensor present;  // [K] 1 where the image shows the class
};

// What the branch is taught. A region without weight teaches nothing.
struct RegionTargets {
  at::Tensor labels;   // [R] int64: class, or K for background
  at::Tensor weights;  // [R] float, ≥ 0
  at::Tensor seeds;    // [R] int64: the seed that a region shows, -1: none
  at::Tensor boxes;    // [S, 4] of the seeds
  // PCL: regions of one cluster share one mean probability; -1: on its own. Undefined: all are.
  at::Tensor clusters = {};  // [R] int64
};

struct RefinementInfo {
  std::string_view name;
  RegionTargets (*assign)(const RegionScores& scores);
  double first_weight;  // of the first branch's loss
  bool boxes;           // each branch also teaches the box regression
};

const RefinementInfo& find_refinement(std::string_view name);  // throws Error with the known ones

// Of one branch: logits [R, K + 1] → scalar with gradient: -Σ w log p / R over single regions, and
// PCL's cluster terms. 0 regions give 0.
at::Tensor refinement_loss(const at::Tensor& logits, const RegionTargets& targets);

}  // namespace paucal::weak
