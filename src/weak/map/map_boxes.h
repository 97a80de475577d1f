#pragma once
// What given boxes say of a class map: it reaches all their sides, and nothing lies outside
// (box_projection.h). So a fine map (model.upscale) learns where objects end.

#include <functional>

#include "train/method.h"
#include "weak/map/mil.h"

namespace paucal::weak {

// Where `inside` [N, 1, h, w] is not, but is near; `stride`: network pixels a place.
at::Tensor just_outside(const at::Tensor& inside, double stride);

// Network pixels a place of the map.
double stride_of(const train::TensorBatch& batch, const at::Tensor& map);

// Of images with drawn or guessed boxes, mean over images. map [N, K, h, w] in logits; `places`
// [N, 1, h, w]: 1 where there is image; `channel_of`: the map's channel that shows a box, -1: the
// box teaches nothing. Undefined where no box teaches.
at::Tensor map_box_loss(
    const at::Tensor& map, const at::Tensor& places, const train::TensorBatch& batch,
    const MilOptions& options,
    const std::function<int64_t(size_t image, const data::Target& target)>& channel_of);

// Classification: the loss on image labels, and with it that of boxes (options.box_weight). On
// images with boxes the maps of all other classes are empty, for each shows one class.
std::shared_ptr<train::MapMethod> make_map_boxes(const MilOptions& options,
                                                 std::shared_ptr<train::MapMethod> labels);

}  // namespace paucal::weak
