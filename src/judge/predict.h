#pragma once
// The eager network on one image; every other step is shared with the edge (edge/post/interpret.h).
// Thread-safe for distinct models.

#include "edge/image/image.h"
#include "edge/post/interpret.h"
#include "judge/trained_model.h"

namespace paucal::judge {

using edge::Prediction;
using edge::RawPrediction;

// Throws Error where the network can't take the image.
RawPrediction predict_raw(const TrainedModel& model, const edge::Image& image);
// The same for an image that is fitted already (training keeps such).
RawPrediction predict_fitted(const TrainedModel& model, const edge::Fitted& fitted);

}  // namespace paucal::judge
