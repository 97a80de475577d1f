#pragma once
// Normalisation by the image, where a view shows a part of it in another light.

#include <optional>

#include "data/augment/inspection.h"
#include "edge/pre/preprocess.h"

namespace paucal::data {

// What would be measured on the whole image in the light of the view: the network is spared what
// normalisation takes away again. The change is taken for straight around the mean.
std::optional<edge::ImageMoments> in_light(const std::optional<edge::ImageMoments>& of_whole,
                                           const Augmented& view);

}  // namespace paucal::data
