#include "models/convnext_layers.h"

#include <fmt/format.h>

#include <array>

namespace paucal::models {

ConvNextPlan convnext_atto(int width) {
  ConvNextPlan plan{{2, 2, 6, 2}, {40, 80, 160, 320}};
  if (width > 0)
    for (size_t i = 0; i < plan.widths.size(); ++i) plan.widths[i] = width << i;
  return plan;
}

Layers convnext_layers(const ConvNextPlan& plan, ConvNextNaming naming) {
  using Kind = Layer::Kind;
  using Place = ConvNextPlace;
  Layers layers;
  Place place;
  const auto add = [&](Place::Part part, Kind kind, std::vector<int64_t> shape) {
    place.part = part;
    layers.push_back({kind, naming(place), std::move(shape)});
  };
  int in = 3;
  for (const int width : plan.widths) {
    const int64_t kernel = place.stage == 0 ? 4 : 2;
    if (place.stage > 0) add(Place::kDownNorm, Kind::kLayerNorm, {in});
    add(Place::kDown, Kind::kBiasedConv, {width, in, kernel, kernel});
    layers.back().reads_image = place.stage == 0;
    if (place.stage == 0) add(Place::kDownNorm, Kind::kLayerNorm, {width});
    for (place.block = 0; place.block < plan.depths[static_cast<size_t>(place.stage)];
         ++place.block) {
      add(Place::kDepthwise, Kind::kBiasedConv, {width, 1, 7, 7});
      add(Place::kNorm, Kind::kLayerNorm, {width});
      add(Place::kFc1, Kind::kBiasedConv, {4 * width, width, 1, 1});
      add(Place::kFc2, Kind::kBiasedConv, {width, 4 * width, 1, 1});
      add(Place::kGamma, Kind::kParameter, {width});
    }
    in = width;
    ++place.stage;
  }
  add(Place::kHeadNorm, Kind::kLayerNorm, {in});
  return layers;
}

std::string convnext_name(const ConvNextPlace& place) {
  constexpr std::array kNames = {"down_norm", "down", "depthwise", "norm", "fc1", "fc2", "gamma"};
  if (place.part == ConvNextPlace::kHeadNorm) return "";
  const char* name = kNames[place.part];
  if (place.part <= ConvNextPlace::kDown) return fmt::format("stages.{}.{}", place.stage, name);
  return fmt::format("stages.{}.blocks.{}.{}", place.stage, place.block, name);
}

std::string timm_convnext_name(const ConvNextPlace& place) {
  constexpr std::array kNames = {"", "", "conv_dw", "norm", "mlp.fc1", "mlp.fc2", "gamma"};
  if (place.part == ConvNextPlace::kHeadNorm) return "head.norm";
  const bool norm = place.part == ConvNextPlace::kDownNorm;
  if (place.part > ConvNextPlace::kDown)
    return fmt::format("stages.{}.blocks.{}.{}", place.stage, place.block, kNames[place.part]);
  if (place.stage == 0) return fmt::format("stem.{}", norm ? 1 : 0);
  return fmt::format("stages.{}.downsample.{}", place.stage, norm ? 0 : 1);
}

std::string facebook_convnext_name(const ConvNextPlace& place) {
  constexpr std::array kNames = {"", "", "dwconv", "norm", "pwconv1", "pwconv2", "gamma"};
  if (place.part == ConvNextPlace::kHeadNorm) return "norm";
  if (place.part > ConvNextPlace::kDown)
    return fmt::format("stages.{}.{}.{}", place.stage, place.block, kNames[place.part]);
  const bool first = (place.part == ConvNextPlace::kDown) == (place.stage == 0);
  return fmt::format("downsample_layers.{}.{}", place.stage, first ? 0 : 1);
}

}  // namespace paucal::models
