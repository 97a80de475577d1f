#include "metrics/annotation/simulated_reviewer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "metrics/localisation.h"

namespace paucal::metrics {
namespace {

using Side = float edge::Box::*;

struct Corrected {
  edge::Box box;
  int moved = 0;  // sides
};

Corrected correct(const edge::Box& proposal, const edge::Box& truth, double tolerance) {
  constexpr std::array<Side, 4> kSides = {&edge::Box::x0, &edge::Box::y0, &edge::Box::x1,
                                          &edge::Box::y1};
  Corrected result{proposal};
  for (size_t i = 0; i < kSides.size(); ++i) {
    const Side side = kSides[i];
    const double length = i % 2 == 0 ? truth.width() : truth.height();
    if (std::abs(proposal.*side - truth.*side) <= std::min(tolerance, length / 4)) continue;
    result.box.*side = truth.*side;
    ++result.moved;
  }
  return result;
}

}  // namespace

ReviewedImage review_image(std::span<const edge::Box> proposals, std::span<const edge::Box> truths,
                           const ActionCosts& costs, double tolerance) {
  ImageBoxes image{{truths.begin(), truths.end()}, {}};
  for (const edge::Box& proposal : proposals) image.predictions.push_back({proposal});
  check_boxes({&image, 1});
  ReviewedImage reviewed{image.truths, {.open = 1}};
  Actions& actions = reviewed.actions;
  size_t kept = 0;
  for (const Match& match : match_boxes(image)) {
    const auto truth = static_cast<size_t>(match.truth);
    const Corrected corrected =
        correct(proposals[static_cast<size_t>(match.prediction)], truths[truth], tolerance);
    if (costs.accept + corrected.moved * costs.move_side > costs.reject + costs.draw) continue;
    actions.accept += 1;
    actions.move_side += corrected.moved;
    reviewed.boxes[truth] = corrected.box;
    ++kept;
  }
  actions.reject = static_cast<int64_t>(proposals.size() - kept);
  actions.draw = static_cast<int64_t>(truths.size() - kept);
  actions.nothing = truths.empty();
  return reviewed;
}

Actions draw_image(size_t truths) {
  return {.open = 1, .draw = static_cast<int64_t>(truths), .nothing = truths == 0};
}

}  // namespace paucal::metrics
