#pragma once
// Networks of inverted residuals: the tables of mobile_plan.h, without the 1×1 convolution before
// the published classifier. Stages at strides 4, 8, 16 and 32; padding as options.padding says.

#include "models/image_model.h"

namespace paucal::models {

std::shared_ptr<ImageModel> make_mobile(const ModelOptions& options, int classes);

}  // namespace paucal::models
