#pragma once
// The layers of the published residual networks, without torch.

#include <array>
#include <optional>
#include <string_view>

#include "models/layer_list.h"

namespace paucal::models {

struct ResnetShape {
  std::array<int, 4> blocks;
  bool bottleneck = false;
};
// resnet18, resnet34 and resnet50; nothing for other names.
std::optional<ResnetShape> resnet_shape(std::string_view arch);

struct ResnetPlace {
  int stage = -1;  // -1: the stem
  int block = 0;
  int step = 0;  // of the block's convolutions; -1: the projection of its shortcut
  bool norm = false;
};
using ResnetNaming = std::string (*)(const ResnetPlace& place);

Layers resnet_layers(const ResnetShape& shape, ResnetNaming naming);

std::string torchvision_resnet_name(const ResnetPlace& place);  // ours, and timm's
std::string huggingface_resnet_name(const ResnetPlace& place);

}  // namespace paucal::models
