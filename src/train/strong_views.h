#pragma once
// A view of images that is harder to read, and shows the same at the same places.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace paucal::train {

// [N, C, H, W] → another contrast and brightness of each image, noise, and patches cut out. A
// function of the image, its place [N] in the run's stream of images, and the seed of the run.
at::Tensor strong_views(const at::Tensor& images, const std::vector<int64_t>& places,
                        uint64_t seed);

}  // namespace paucal::train
