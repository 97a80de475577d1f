#pragma once
// The layers of ConvNeXt (Liu et al., CVPR 2022), without torch.

#include "models/layer_list.h"

namespace paucal::models {

struct ConvNextPlan {
  std::vector<int> depths, widths;
};
// Atto, as timm trains it. `width`: channels of the first stage, which scales all others; 0: 40.
ConvNextPlan convnext_atto(int width = 0);

struct ConvNextPlace {
  enum Part { kDownNorm, kDown, kDepthwise, kNorm, kFc1, kFc2, kGamma, kHeadNorm };
  Part part = kDown;  // of stage 0: the stem, whose norm comes after
  int stage = 0, block = 0;
};
using ConvNextNaming = std::string (*)(const ConvNextPlace& place);

Layers convnext_layers(const ConvNextPlan& plan, ConvNextNaming naming);

std::string convnext_name(const ConvNextPlace& place);  // ours; the head's norm has none
std::string timm_convnext_name(const ConvNextPlace& place);
std::string facebook_convnext_name(const ConvNextPlace& place);

}  // namespace paucal::models
