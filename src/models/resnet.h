#pragma once
// Residual networks (He et al., "Deep residual learning", CVPR 2016), with torchvision's names of
// parameters and its arithmetic: the stride of a bottleneck lies in its 3×3 convolution.

#include <memory>
#include <vector>

#include "models/image_model.h"

namespace paucal::models {

struct ResnetPlan {
  std::vector<int> blocks;  // of each of the four stages
  bool bottleneck = false;  // blocks of 1×1, 3×3, 1×1 instead of 3×3, 3×3
  bool light = false;       // stem of two strided 3×3 convolutions instead of 7×7 and max-pooling
  int width = 64;           // channels of the first stage, where the options leave it open
};

std::shared_ptr<ImageModel> make_resnet(const ModelOptions& options, int classes,
                                        const ResnetPlan& plan);

}  // namespace paucal::models
