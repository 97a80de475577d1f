#pragma once
// Which image a person should look at next.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "metrics/annotation/action_costs.h"

namespace paucal::metrics {

// An image that is labelled NG (or as showing some class), as a model sees it.
struct ReviewCandidate {
  std::vector<double> evidence = {};  // of each proposed box, 0 … 1
  double probability = 0;             // that the image is what its label says
};

struct ReviewOrderOptions {
  double min_evidence = .3;  // boxes with less teach nothing before somebody has seen them
  ActionCosts costs = {};
  uint64_t seed = 0;  // of the order random
};

// random      as the seed has it
// least_sure  the least evidence of its boxes first; an image without boxes before all others
// ours        the most expected gain a second first
const std::vector<std::string>& review_order_names();

// Numbers of the candidates, the one to look at first before the others; ties as they come. Throws
// Error: an unknown name.
std::vector<size_t> review_order(const std::string& name,
                                 std::span<const ReviewCandidate> candidates,
                                 const ReviewOrderOptions& options);

// How many boxes will teach otherwise than before. With e the evidence of a box, taken for the
// probability that it is right: a box that teaches is wrong with 1 - e; one that does not teach
// yet is right with e, or else half of them are near enough to be corrected; and something is
// missing with 1 - p · (1 - Π (1 - e)), p the image's probability. A rule of thumb: `paucal boxes
// simulate` measures what it is worth.
double expected_gain(const ReviewCandidate& candidate, double min_evidence);
// What looking at the image will take: every box is judged, two sides of each wrong one are moved,
// and what is missing is drawn.
double expected_seconds(const ReviewCandidate& candidate, const ActionCosts& costs);

}  // namespace paucal::metrics
