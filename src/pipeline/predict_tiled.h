#pragma once
// The eager network on a large image, tile by tile, as the edge does it.

#include "edge/post/tiles.h"
#include "pipeline/predict.h"

namespace paucal::pipeline {

// Throws Error where the tiles do not fit the network's input (edge/post/tiles.h).
RawPrediction predict_tiled(const TrainedModel& model, const edge::Image& image,
                            const edge::TileOptions& tiles);

}  // namespace paucal::pipeline
