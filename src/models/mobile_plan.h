#pragma once
// The layers of networks of inverted residuals, as tables without torch: MobileNetV2 (Sandler et
// al., CVPR 2018) and EfficientNet-Lite (EfficientNet, Tan and Le, ICML 2019, without
// squeeze-and-excite and with ReLU6).

#include <optional>
#include <string_view>
#include <vector>

#include "models/layer_list.h"

namespace paucal::models {

enum class MobileAct { kRelu6, kRelu, kHardSwish };

// 1×1 to `hidden` channels, depthwise kernel × kernel, squeeze-and-excite through `squeeze`
// channels where that is not 0, 1×1 to `out`; no first step where hidden is what comes in. Added to
// its input where it keeps the shape.
struct MobileBlock {
  int in = 0;
  int hidden = 0;
  int out = 0;
  int kernel = 3;
  int stride = 1;
  int squeeze = 0;
  MobileAct act = MobileAct::kRelu6;

  bool expands() const { return hidden != in; }
  bool adds() const { return stride == 1 && in == out; }
};

struct MobilePlan {
  int stem = 32;                                 // channels of the 3×3 convolution with stride 2
  std::vector<std::vector<MobileBlock>> groups;  // of one row of the paper's table each
  int head = 1280;  // channels before the published classifier, which we leave out
  MobileAct stem_act = MobileAct::kRelu6;
};

// `width`: channels of the stem, which scales all others (to multiples of 8); 0: the network's own.
// Nothing for a name that is not of this family.
std::optional<MobilePlan> mobile_plan(std::string_view arch, int width = 0);

// The part of a network that a name is asked for.
struct MobilePlace {
  enum Part {
    kStem,
    kStemNorm,
    kExpand,
    kExpandNorm,
    kDepthwise,
    kDepthwiseNorm,
    kSqueeze,  // with a bias each, in place of norms
    kExcite,
    kProject,
    kProjectNorm,
    kHead,
    kHeadNorm,
  };
  Part part = kStem;
  int group = 0, block = 0;  // in its group
  int flat = 0;              // number of the block in the network; of the head: how many there are
  bool expands = true, squeezes = false;
};
using MobileNaming = std::string (*)(const MobilePlace& place);

// In the order of computation.
Layers mobile_layers(const MobilePlan& plan, MobileNaming naming);

// Ours; the head has none.
std::string mobile_name(const MobilePlace& place);

}  // namespace paucal::models
