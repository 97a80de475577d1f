#include "models/mobile_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>

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

// MobileNetV3's blocks, each by itself: channels do not follow from the stage.
struct V3Row {
  int group, kernel, hidden, out;
  bool squeezes;
  MobileAct act;
  int stride;
};
constexpr MobileAct kR = MobileAct::kRelu, kH = MobileAct::kHardSwish;

constexpr V3Row kV3Small[] = {
    {0, 3, 16, 16, true, kR, 2},  {1, 3, 72, 24, false, kR, 2}, {1, 3, 88, 24, false, kR, 1},
    {2, 5, 96, 40, true, kH, 2},  {2, 5, 240, 40, true, kH, 1}, {2, 5, 240, 40, true, kH, 1},
    {3, 5, 120, 48, true, kH, 1}, {3, 5, 144, 48, true, kH, 1}, {4, 5, 288, 96, true, kH, 2},
    {4, 5, 576, 96, true, kH, 1}, {4, 5, 576, 96, true, kH, 1}};

constexpr V3Row kV3Large[] = {
    {0, 3, 16, 16, false, kR, 1},  {1, 3, 64, 24, false, kR, 2},  {1, 3, 72, 24, false, kR, 1},
    {2, 5, 72, 40, true, kR, 2},   {2, 5, 120, 40, true, kR, 1},  {2, 5, 120, 40, true, kR, 1},
    {3, 3, 240, 80, false, kH, 2}, {3, 3, 200, 80, false, kH, 1}, {3, 3, 184, 80, false, kH, 1},
    {3, 3, 184, 80, false, kH, 1}, {4, 3, 480, 112, true, kH, 1}, {4, 3, 672, 112, true, kH, 1},
    {5, 5, 672, 160, true, kH, 2}, {5, 5, 960, 160, true, kH, 1}, {5, 5, 960, 160, true, kH, 1}};

// The nearest multiple of 8 that is no smaller than 90 % (MobileNetV2's published code).
int scaled(int channels, int stem, int width) {
  if (width == 0) return channels;
  const double wanted = static_cast<double>(channels) * width / stem;
  const int rounded = std::max(8, static_cast<int>(wanted + 4) / 8 * 8);
  return rounded < .9 * wanted ? rounded + 8 : rounded;
}

MobilePlan v3_plan(std::span<const V3Row> rows, int head, int width) {
  constexpr int kStem = 16;
  MobilePlan plan{.stem = scaled(kStem, kStem, width),
                  .groups = {},
                  .head = head,
                  .stem_act = MobileAct::kHardSwish};
  int in = plan.stem;
  for (const V3Row& row : rows) {
    if (static_cast<size_t>(row.group) == plan.groups.size()) plan.groups.emplace_back();
    MobileBlock block{in, scaled(row.hidden, kStem, width), scaled(row.out, kStem, width),
                      row.kernel, row.stride};
    block.act = row.act;
    if (row.squeezes) block.squeeze = scaled(block.hidden / 4, 1, 1);
    plan.groups.back().push_back(block);
    in = block.out;
  }
  return plan;
}

}  // namespace

std::optional<MobilePlan> mobile_plan(std::string_view arch, int width) {
  if (arch == "mobilenet_v3_small") return v3_plan(kV3Small, 576, width);
  if (arch == "mobilenet_v3_large") return v3_plan(kV3Large, 960, width);
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
      group.push_back({.in = in,
                       .hidden = in * row.expand,
                       .out = out,
                       .kernel = row.kernel,
                       .stride = i == 0 ? row.stride : 1});
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
  const auto add_biased = [&](Place::Part conv, int out, int in) {
    place.part = conv;
    layers.push_back({Layer::Kind::kBiasedConv, naming(place), {out, in, 1, 1}});
  };
  add(Place::kStem, plan.stem, 3, 3);
  layers[0].reads_image = true;
  for (const auto& group : plan.groups) {
    place.block = 0;
    for (const MobileBlock& block : group) {
      place.expands = block.expands();
      if (block.expands()) add(Place::kExpand, block.hidden, block.in, 1);
      add(Place::kDepthwise, block.hidden, 1, block.kernel);
      place.squeezes = block.squeeze > 0;
      if (place.squeezes) {
        add_biased(Place::kSqueeze, block.squeeze, block.hidden);
        add_biased(Place::kExcite, block.hidden, block.squeeze);
      }
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
  constexpr std::array kNames = {"stem",         "stem_bn", "expand", "expand_bn", "depthwise",
                                 "depthwise_bn", "squeeze", "excite", "project",   "project_bn"};
  if (place.part >= MobilePlace::kHead) return "";
  const char* name = kNames[place.part];
  if (place.part <= MobilePlace::kStemNorm) return name;
  return fmt::format("blocks.{}.{}.{}", place.group, place.block, name);
}

}  // namespace paucal::models
