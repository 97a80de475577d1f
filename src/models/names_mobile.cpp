#include "models/names_mobile.h"

#include <fmt/format.h>

#include <array>

namespace paucal::models {
namespace {

// By MobilePlace::Part; "" where a block has no such layer.
using PartNames = std::array<const char*, 12>;

const char* named(const PartNames& expanding, const PartNames& plain, const MobilePlace& place) {
  return (place.expands ? expanding : plain)[place.part];
}

bool in_block(const MobilePlace& place) {
  return place.part >= MobilePlace::kExpand && place.part <= MobilePlace::kProjectNorm;
}

}  // namespace

std::string timm_mobile_name(const MobilePlace& place) {
  constexpr PartNames kExpanding = {"conv_stem", "bn1", "conv_pw",        "bn1",
                                    "conv_dw",   "bn2", "se.conv_reduce", "se.conv_expand",
                                    "conv_pwl",  "bn3", "conv_head",      "bn2"};
  constexpr PartNames kPlain = {
      "conv_stem",      "bn1",     "",    "",          "conv_dw", "bn1", "se.conv_reduce",
      "se.conv_expand", "conv_pw", "bn2", "conv_head", "bn2"};
  const char* name = named(kExpanding, kPlain, place);
  if (!in_block(place)) return name;
  return fmt::format("blocks.{}.{}.{}", place.group, place.block, name);
}

// MobileNetV3's last convolution is a block of its own there; what timm calls conv_head comes after
// the mean.
std::string timm_mobile_v3_name(const MobilePlace& place) {
  if (place.part < MobilePlace::kHead) return timm_mobile_name(place);
  return fmt::format("blocks.{}.0.{}", place.group,
                     place.part == MobilePlace::kHead ? "conv" : "bn1");
}

std::string torchvision_mobile_name(const MobilePlace& place) {
  constexpr PartNames kExpanding = {"0.0", "0.1", "0.0", "0.1", "1.0", "1.1",
                                    "",    "",    "2",   "3",   "0",   "1"};
  constexpr PartNames kPlain = {"0.0", "0.1", "", "", "0.0", "0.1", "", "", "1", "2", "0", "1"};
  const char* name = named(kExpanding, kPlain, place);
  if (place.part <= MobilePlace::kStemNorm) return fmt::format("features.{}", name);
  const char* inner = in_block(place) ? "conv." : "";
  return fmt::format("features.{}.{}{}", place.flat + 1, inner, name);
}

// Numbered as they come; squeeze and excite are one.
std::string torchvision_mobile_v3_name(const MobilePlace& place) {
  const bool norm = place.part % 2 != 0;
  if (place.part <= MobilePlace::kStemNorm) return fmt::format("features.0.{}", norm ? 1 : 0);
  if (!in_block(place)) return fmt::format("features.{}.{}", place.flat + 1, norm ? 1 : 0);
  const int depthwise = place.expands ? 1 : 0;
  const std::string block = fmt::format("features.{}.block", place.flat + 1);
  switch (place.part) {
    case MobilePlace::kSqueeze:
      return fmt::format("{}.{}.fc1", block, depthwise + 1);
    case MobilePlace::kExcite:
      return fmt::format("{}.{}.fc2", block, depthwise + 1);
    case MobilePlace::kExpand:
    case MobilePlace::kExpandNorm:
      return fmt::format("{}.0.{}", block, norm ? 1 : 0);
    case MobilePlace::kDepthwise:
    case MobilePlace::kDepthwiseNorm:
      return fmt::format("{}.{}.{}", block, depthwise, norm ? 1 : 0);
    default:
      return fmt::format("{}.{}.{}", block, depthwise + (place.squeezes ? 2 : 1), norm ? 1 : 0);
  }
}

std::string rangilyu_mobile_name(const MobilePlace& place) {
  constexpr PartNames kAll = {
      "stem.0", "stem.1", "_expand_conv",  "_bn0", "_depthwise_conv", "_bn1",
      "",       "",       "_project_conv", "_bn2", "head.0",          "head.1"};
  const char* name = kAll[place.part];
  if (!in_block(place)) return name;
  return fmt::format("blocks.{}.{}.{}", place.group, place.block, name);
}

std::string lukemelas_mobile_name(const MobilePlace& place) {
  constexpr PartNames kAll = {
      "_conv_stem", "_bn0", "_expand_conv",  "_bn0", "_depthwise_conv", "_bn1",
      "",           "",     "_project_conv", "_bn2", "_conv_head",      "_bn1"};
  const char* name = kAll[place.part];
  if (!in_block(place)) return name;
  return fmt::format("_blocks.{}.{}", place.flat, name);
}

// The first block belongs to the stem there.
std::string huggingface_mobile_name(const MobilePlace& place) {
  constexpr PartNames kLayers = {"conv_stem.first_conv",
                                 "conv_stem.first_conv",
                                 "expand_1x1",
                                 "expand_1x1",
                                 "conv_3x3",
                                 "conv_3x3",
                                 "",
                                 "",
                                 "reduce_1x1",
                                 "reduce_1x1",
                                 "conv_1x1",
                                 "conv_1x1"};
  const char* kind = place.part % 2 == 0 ? "convolution" : "normalization";
  const char* name = kLayers[place.part];
  if (!in_block(place)) return fmt::format("{}.{}", name, kind);
  if (place.flat == 0) return fmt::format("conv_stem.{}.{}", name, kind);
  return fmt::format("layer.{}.{}.{}", place.flat - 1, name, kind);
}

}  // namespace paucal::models
