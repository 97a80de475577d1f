#pragma once
// Every figure of a trained model, on the test images of a data set alone.

#include "data/feed/image_cache.h"
#include "judge/trained_model.h"

namespace paucal::judge {

// `image`: of the decision; `localisation`, where truth is known: of boxes and maps; `by_class`;
// `confusion`. Validation images freeze the threshold of MaxBoxAccV2; nothing else of theirs is
// used. Throws Error where there are no test images.
Json evaluate(const TrainedModel& model, const data::Dataset& dataset, data::ImageCache& cache,
              int64_t max_pixels);

}  // namespace paucal::judge
