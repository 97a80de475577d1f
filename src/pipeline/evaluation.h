#pragma once
// Every figure of a trained model, on the test images of a data set alone.

#include "data/image_cache.h"
#include "pipeline/trained_model.h"

namespace paucal::pipeline {

// `image`: of the decision; `localisation`, where truth is known: of boxes and maps; `by_class`;
// `confusion`. Validation images freeze the threshold of MaxBoxAccV2; nothing else of theirs is
// used. Throws Error where there are no test images.
Json evaluate(const TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
              int64_t max_pixels);

}  // namespace paucal::pipeline
