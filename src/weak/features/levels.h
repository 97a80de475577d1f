#pragma once
// Maps of features of a network, by their strides, and what they say of single places.

#include <ATen/core/Tensor.h>

#include <vector>

#include "models/image_model.h"

namespace paucal::weak {

struct Level {
  size_t stage = 0;  // of ImageModel::stages()
  int stride = 0;    // input pixels a cell
  int64_t channels = 0;
};

// The stages of these strides, finest first; of several at one stride the last, which has seen
// most. Leaves the network in evaluation mode. Throws Error where it has no stage of one of them.
std::vector<Level> find_levels(models::ImageModel& network, const std::vector<int>& strides);

// Whether the head reads something else than the last stage. Evaluation mode, too.
bool head_reads_more(models::ImageModel& network);

// map [N, C, h, w] of images of `width` × `height` pixels; places [N, P, 2], x and y in pixels →
// [N · P, C] float, between cells bilinear. Where this is differentiated, its sums have one order.
at::Tensor at_places(const at::Tensor& map, const at::Tensor& places, int64_t width,
                     int64_t height);

}  // namespace paucal::weak
