#include "models/mobile_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace paucal::models {
namespace {

struct MobileRow {
  int kernel, stride, expand, out, repeat;
};

struct MobileTable {
  std::string_view arch;
  std::array<MobileRow, 7> rows;
};

constexpr std::array<MobileTable, 4> kMobileTables = {{
    {"efficientnet_lite0",
     {{{3, 1, 1, 16, 1},
       {3, 2, 6, 24, 2},
       {5, 2, 6, 40, 2},
       {3, 2, 6, 80, 3},
       {5, 1, 6, 112, 3},
       {5, 2, 6, 192, 4},
       {3, 1, 6, 320, 1}}}},
    {"efficientnet_lite1",
     {{{3, 1, 1, 16, 1},
       {3, 2, 6, 24, 3},
       {5, 2, 6, 40, 3},
       {3, 2, 6, 80, 4},
       {5, 1, 6, 112, 4},
       {5, 2, 6, 192, 5},
       {3, 1, 6, 320, 1}}}},
    {"efficientnet_lite2",
     {{{3, 1, 1, 16, 1},
       {3, 2, 6, 24, 3},
       {5, 2, 6, 48, 3},
       {3, 2, 6, 88, 4},
       {5, 1, 6, 120, 4},
       {5, 2, 6, 208, 5},
       {3, 1, 6, 352, 1}}}},
    {"mobilenet_v2",
     {{{3, 1, 1, 16, 1},
       {3, 2, 6, 24, 2},
       {3, 2, 6, 32, 3},
       {3, 2, 6, 64, 4},
       {3, 1, 6, 96, 3},
       {3, 2, 6, 160, 3},
       {3, 1, 6, 320, 1}}}},
}};

// The nearest multiple of 8 that is no smaller than 90 % (MobileNetV2's published code).
int scaled(int channels, int stem, int width) {
  if (width == 0) return channels;
  const double wanted = static_cast<double>(channels) * width / stem;
  const int rounded = std::max(8, static_cast<int>(wanted + 4) / 8 * 8);
  return rounded < .9 * wanted ? rounded + 8 : rounded;
}

}  // namespace

std::vector<std::string_view> mobile_archs() {
  std::vector<std::string_view> archs;
  for (const MobileTable& table : kMobileTables) archs.push_back(table.arch);
  return archs;
}

std::optional<MobilePlan> mobile_plan(std::string_view arch, int width) {
  const auto found = std::ranges::find(kMobileTables, arch, &MobileTable::arch);
  if (found == kMobileTables.end()) return std::nullopt;
  MobilePlan plan;
  const int stem = plan.stem;
  plan.stem = scaled(stem, stem, width);
  int in = plan.stem;
  for (const MobileRow& row : found->rows) {
    std::vector<MobileBlock> group;
    const int out = scaled(row.out, stem, width);
    for (int i = 0; i < row.repeat; ++i) {
      group.push_back({in, in * row.expand, out, row.kernel, i == 0 ? row.stride : 1});
      in = out;
    }
    plan.groups.push_back(std::move(group));
  }
  return plan;
}

Layers mobile_layers(const MobilePlan& plan, MobileNaming naming) {
  using Place = MobilePlace;
  Layers layers;
  Place place;
  const auto add = [&](Place::Part conv, int out, int in, int kernel) {
    place.part = conv;
    layers.push_back({Layer::Kind::kConv, naming(place), {out, in, kernel, kernel}});
    place.part = static_cast<Place::Part>(conv + 1);
    layers.push_back({Layer::Kind::kBatchNorm, naming(place), {out}});
  };
  add(Place::kStem, plan.stem, 3, 3);
  layers[0].reads_image = true;
  for (const auto& group : plan.groups) {
    place.block = 0;
    for (const MobileBlock& block : group) {
      place.expands = block.expands();
      if (block.expands()) add(Place::kExpand, block.hidden, block.in, 1);
      add(Place::kDepthwise, block.hidden, 1, block.kernel);
      add(Place::kProject, block.out, block.hidden, 1);
      ++place.block;
      ++place.flat;
    }
    ++place.group;
  }
  add(Place::kHead, plan.head, plan.groups.back().back().out, 1);
  return layers;
}

std::string mobile_name(const MobilePlace& place) {
  constexpr std::array kNames = {"stem",      "stem_bn",      "expand",  "expand_bn",
                                 "depthwise", "depthwise_bn", "project", "project_bn"};
  if (place.part >= MobilePlace::kHead) return "";
  const char* name = kNames[place.part];
  if (place.part <= MobilePlace::kStemNorm) return name;
  return fmt::format("blocks.{}.{}.{}", place.group, place.block, name);
}

}  // namespace paucal::models
