#pragma once
// predict_raw() of interpret.h for a part of an image.

#include "edge/post/interpret.h"
#include "edge/pre/normalise.h"

namespace paucal::edge {

// `part.geometry` leads to the whole image, and so do the boxes and the map.
Result<RawPrediction> predict_part(const ModelCard& card, const Fitted& part,
                                   const ImageMoments& of_whole, const Network& network);

}  // namespace paucal::edge
