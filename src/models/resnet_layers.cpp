#include "models/resnet_layers.h"

#include <fmt/format.h>

namespace paucal::models {

std::optional<ResnetShape> resnet_shape(std::string_view arch) {
  if (arch == "resnet18") return ResnetShape{{2, 2, 2, 2}};
  if (arch == "resnet34") return ResnetShape{{3, 4, 6, 3}};
  if (arch == "resnet50") return ResnetShape{{3, 4, 6, 3}, /*bottleneck=*/true};
  return std::nullopt;
}

Layers resnet_layers(const ResnetShape& shape, ResnetNaming naming) {
  Layers layers;
  ResnetPlace place;
  const auto add = [&](int out, int in, int kernel) {
    place.norm = false;
    layers.push_back({Layer::Kind::kConv, naming(place), {out, in, kernel, kernel}});
    place.norm = true;
    layers.push_back({Layer::Kind::kBatchNorm, naming(place), {out}});
  };
  add(64, 3, 7);
  layers[0].reads_image = true;
  int in = 64;
  for (place.stage = 0; place.stage < 4; ++place.stage) {
    const int width = 64 << place.stage, out = shape.bottleneck ? 4 * width : width;
    for (place.block = 0; place.block < shape.blocks[place.stage]; ++place.block) {
      place.step = 0;
      add(width, in, shape.bottleneck ? 1 : 3);
      ++place.step;
      add(width, width, 3);
      if (shape.bottleneck) {
        ++place.step;
        add(out, width, 1);
      }
      place.step = -1;
      if (place.block == 0 && (place.stage > 0 || in != out)) add(out, in, 1);
      in = out;
    }
  }
  return layers;
}

std::string torchvision_resnet_name(const ResnetPlace& place) {
  const char* kind = place.norm ? "bn" : "conv";
  if (place.stage < 0) return fmt::format("{}1", kind);
  const std::string block = fmt::format("layer{}.{}", place.stage + 1, place.block);
  if (place.step < 0) return fmt::format("{}.downsample.{}", block, place.norm ? 1 : 0);
  return fmt::format("{}.{}{}", block, kind, place.step + 1);
}

std::string huggingface_resnet_name(const ResnetPlace& place) {
  const char* kind = place.norm ? "normalization" : "convolution";
  if (place.stage < 0) return fmt::format("embedder.embedder.{}", kind);
  const std::string block = fmt::format("encoder.stages.{}.layers.{}", place.stage, place.block);
  if (place.step < 0) return fmt::format("{}.shortcut.{}", block, kind);
  return fmt::format("{}.layer.{}.{}", block, place.step, kind);
}

}  // namespace paucal::models
