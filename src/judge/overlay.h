#pragma once
// Pictures of a prediction, for people.

#include <span>

#include "judge/raw_source.h"

namespace paucal::judge {

// Found boxes in orange, with true ones in blue where there are any.
edge::Image draw_boxes(const edge::Image& image, const Prediction& prediction,
                       std::span<const edge::Box> truths = {});

// The same over the heat; all of original size.
edge::Image draw_prediction(const edge::Image& image, const Prediction& prediction);

}  // namespace paucal::judge
