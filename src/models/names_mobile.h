#pragma once
// How other programs name the layers of networks of inverted residuals.

#include "models/mobile_plan.h"

namespace paucal::models {

std::string timm_mobile_name(const MobilePlace& place);  // rwightman's, tf_ ones included
std::string timm_mobile_v3_name(const MobilePlace& place);
std::string torchvision_mobile_name(const MobilePlace& place);  // mobilenet_v2
std::string rangilyu_mobile_name(const MobilePlace& place);     // EfficientNet-Lite
std::string lukemelas_mobile_name(const MobilePlace& place);    // efficientnet-lite-pytorch
std::string torchvision_mobile_v3_name(const MobilePlace& place);
std::string huggingface_mobile_name(const MobilePlace& place);  // mobilenet_v2

}  // namespace paucal::models
