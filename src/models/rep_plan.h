#pragma once
// The layers of networks that are trained with branches side by side and run as plain convolutions,
// as tables without torch: RepVGG (Ding et al., CVPR 2021) and MobileOne (Vasu et al., CVPR 2023).

#include <optional>
#include <string_view>
#include <vector>

#include "models/layer_list.h"

namespace paucal::models {

// The sum of `branches` convolutions kernel × kernel, of a 1×1 one where `scale`, and of the input
// itself where it keeps the shape, each with a norm; then ReLU.
struct RepBlock {
  int in = 0;
  int out = 0;
  int kernel = 3;
  int stride = 1;
  int groups = 1;
  int branches = 1;
  bool scale = true;

  bool passes() const { return stride == 1 && in == out; }
};

struct RepPlan {
  RepBlock stem;  // its input is the image: 3 channels
  std::vector<std::vector<RepBlock>> stages;
};

// `width`: channels of the stem, which scales all others; 0: the network's own. Nothing for a name
// that is not of this family: repvgg_a0, mobileone_s0.
std::optional<RepPlan> rep_plan(std::string_view arch, int width = 0);

struct RepPlace {
  enum Part { kBranch, kScale, kIdentity };
  Part part = kBranch;
  int stage = -1;  // -1: the stem
  int block = 0, branch = 0;
  bool norm = false;  // the identity is a norm alone
};
using RepNaming = std::string (*)(const RepPlace& place);

Layers rep_layers(const RepPlan& plan, RepNaming naming);

std::string rep_name(const RepPlace& place);  // ours
std::string timm_repvgg_name(const RepPlace& place);
std::string original_repvgg_name(const RepPlace& place);  // DingXiaoH's
std::string timm_mobileone_name(const RepPlace& place);
std::string apple_mobileone_name(const RepPlace& place);

}  // namespace paucal::models
