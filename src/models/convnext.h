#pragma once
// ConvNeXt (Liu et al., CVPR 2022), in the smallest size that has published weights. Stages at
// strides 4, 8, 16 and 32; sides are cut to multiples of 32, since its strided convolutions overlap
// nothing.

#include "models/image_model.h"

namespace paucal::models {

// Throws Error where options.output_stride is not 0 or that of the last stage it has.
std::shared_ptr<ImageModel> make_convnext(const ModelOptions& options, int classes);

}  // namespace paucal::models
