#pragma once
// What held-out images teach about a trained model: probabilities, the decision threshold, and
// the heat from which on a place is a defect. By the whole set, never by the single image.

#include <vector>

#include "data/image_cache.h"
#include "pipeline/predict.h"
#include "pipeline/recipe.h"

namespace paucal::pipeline {

// Sets model.calibration from the validation images (from the training images, with a warning,
// where there are none).
void calibrate(TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
               const Recipe& recipe);

}  // namespace paucal::pipeline
