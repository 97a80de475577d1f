#pragma once
// Networks of parallel branches: the tables of rep_plan.h. They are trained branch by branch; where
// they are exported, the graph's pass fuse_branches makes each block one convolution. Stages at
// strides 4, 8, 16 and 32.

#include "models/image_model.h"

namespace paucal::models {

std::shared_ptr<ImageModel> make_rep(const ModelOptions& options, int classes);

}  // namespace paucal::models
