#pragma once
// From a class map to one logit an image. Padding never counts.

#include <ATen/core/Tensor.h>

namespace paucal::train {

// The validity of pixels [N, 1, H, W] at the map's resolution [N, 1, h, w]: 1 where the centre of
// the cell lies in the image.
at::Tensor valid_cells(const at::Tensor& valid, const at::Tensor& map);

// map [N, K, h, w], cells [N, 1, h, w] → [N, K].
at::Tensor mean_pool(const at::Tensor& map, const at::Tensor& cells);

// Mean of the largest `fraction` of each image's cells, at least one: a defect may be small, but
// one cell alone is noise.
at::Tensor top_pool(const at::Tensor& map, const at::Tensor& cells, double fraction);

}  // namespace paucal::train
