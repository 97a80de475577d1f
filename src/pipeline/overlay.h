#pragma once
// Pictures of a prediction, for people.

#include <span>

#include "pipeline/predict.h"

namespace paucal::pipeline {

// The heat over the image; both of original size.
edge::Image draw_heat(const edge::Image& image, const Prediction& prediction);

// Found boxes in orange, with true ones in blue where there are any.
edge::Image draw_boxes(const edge::Image& image, const Prediction& prediction,
                       std::span<const edge::Box> truths = {});

// Heat and boxes in one picture.
edge::Image draw_prediction(const edge::Image& image, const Prediction& prediction);

}  // namespace paucal::pipeline
