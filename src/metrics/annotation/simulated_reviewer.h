#pragma once
// A person who makes no mistakes looks at the boxes that a model proposes on one image, and leaves
// the right ones. Boxes in pixels of the original image; of one class.

#include <span>
#include <vector>

#include "edge/image/image.h"
#include "metrics/annotation/action_costs.h"

namespace paucal::metrics {

struct ReviewedImage {
  std::vector<edge::Box> boxes;  // as many as there are truths, in their order
  Actions actions;
};

// Proposals and truths are paired as match_boxes() does (localisation.h). A pair whose sides are
// all within `tolerance` pixels of the truth's (and within a quarter of its width or height) is
// accepted as it stands; else its wrong sides are moved, or, where that takes longer, it is
// rejected and drawn anew. Other proposals are rejected, other truths drawn. An image that shows
// nothing is said to. Truths have an area; throws Error as check_boxes().
ReviewedImage review_image(std::span<const edge::Box> proposals, std::span<const edge::Box> truths,
                           const ActionCosts& costs, double tolerance);

// What it takes where nothing is proposed.
Actions draw_image(size_t truths);

}  // namespace paucal::metrics
