#pragma once
// A light network for small defects on CPUs: four strided residual blocks, and a feature pyramid
// (Lin et al., CVPR 2017) that brings their context back to stride 4. Width w: blocks of w, 2w, 4w
// and 4w channels at strides 4, 8, 16 and 32; w channels before the head. 0.6 M parameters at 32.

#include <memory>

#include "models/image_model.h"

namespace paucal::models {

// options.output_stride: 4 or 0. Throws Error otherwise.
std::shared_ptr<ImageModel> make_pyramid(const ModelOptions& options, int classes);

}  // namespace paucal::models
