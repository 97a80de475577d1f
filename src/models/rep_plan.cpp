#include "models/rep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace paucal::models {
namespace {

constexpr int kRepStem = 48;

struct RepWidths {
  std::array<int, 4> depths, widths;
};

constexpr RepWidths kRepVggA0 = {{2, 4, 14, 1}, {48, 96, 192, 1280}};
constexpr RepWidths kMobileOneS0 = {{2, 8, 10, 1}, {48, 128, 256, 1024}};

int rep_width(int channels, int width) {
  return width == 0 ? channels : std::max(1, channels * width / kRepStem);
}

// add(stage, in, out, stride) for each block of the table.
template <class Add>
RepPlan plan_of(const RepWidths& table, int width, Add add) {
  int in = rep_width(kRepStem, width);
  RepPlan plan{{.in = 3, .out = in, .stride = 2}, {}};
  for (size_t s = 0; s < table.depths.size(); ++s) {
    const int out = rep_width(table.widths[s], width);
    plan.stages.emplace_back();
    for (int i = 0; i < table.depths[s]; ++i) {
      add(plan.stages.back(), in, out, i == 0 ? 2 : 1);
      in = out;
    }
  }
  return plan;
}

RepPlan repvgg(const RepWidths& table, int width) {
  return plan_of(table, width, [](auto& stage, int in, int out, int stride) {
    stage.push_back({.in = in, .out = out, .stride = stride});
  });
}

// Each of the paper's blocks is two: depthwise, then 1×1.
RepPlan mobileone(const RepWidths& table, int width) {
  constexpr int kBranches = 4;
  return plan_of(table, width, [](auto& stage, int in, int out, int stride) {
    stage.push_back({.in = in, .out = in, .stride = stride, .groups = in, .branches = kBranches});
    stage.push_back({.in = in, .out = out, .kernel = 1, .branches = kBranches, .scale = false});
  });
}

void add_block(Layers& layers, const RepBlock& block, RepPlace place, RepNaming naming) {
  const auto add = [&](int kernel) {
    place.norm = false;
    layers.push_back(
        {Layer::Kind::kConv, naming(place), {block.out, block.in / block.groups, kernel, kernel}});
    layers.back().reads_image = place.stage < 0;
    place.norm = true;
    layers.push_back({Layer::Kind::kBatchNorm, naming(place), {block.out}});
  };
  place.part = RepPlace::kBranch;
  for (place.branch = 0; place.branch < block.branches; ++place.branch) add(block.kernel);
  place.part = RepPlace::kScale;
  if (block.scale) add(1);
  place.part = RepPlace::kIdentity;
  if (block.passes()) layers.push_back({Layer::Kind::kBatchNorm, naming(place), {block.out}});
}

// "stem" or "stages.1.3".
std::string block_of(const RepPlace& place) {
  return place.stage < 0 ? "stem" : fmt::format("stages.{}.{}", place.stage, place.block);
}
// "stage0" or "stage2.3".
std::string numbered_block_of(const RepPlace& place) {
  return place.stage < 0 ? "stage0" : fmt::format("stage{}.{}", place.stage + 1, place.block);
}

const char* kind_of(const RepPlace& place) {
  return place.norm ? "bn" : "conv";
}

}  // namespace

std::optional<RepPlan> rep_plan(std::string_view arch, int width) {
  if (arch == "repvgg_a0") return repvgg(kRepVggA0, width);
  if (arch == "mobileone_s0") return mobileone(kMobileOneS0, width);
  return std::nullopt;
}

Layers rep_layers(const RepPlan& plan, RepNaming naming) {
  Layers layers;
  RepPlace place;
  add_block(layers, plan.stem, place, naming);
  for (const auto& stage : plan.stages) {
    ++place.stage;
    place.block = 0;
    for (const RepBlock& block : stage) {
      add_block(layers, block, place, naming);
      ++place.block;
    }
  }
  return layers;
}

std::string rep_name(const RepPlace& place) {
  const std::string block = block_of(place);
  if (place.part == RepPlace::kIdentity) return block + ".identity";
  const char* norm = place.norm ? "_bn" : "";
  if (place.part == RepPlace::kScale) return fmt::format("{}.scale{}", block, norm);
  return fmt::format("{}.branch{}{}", block, place.branch, norm);
}

std::string timm_repvgg_name(const RepPlace& place) {
  const std::string block = block_of(place);
  if (place.part == RepPlace::kIdentity) return block + ".identity";
  return fmt::format("{}.conv_{}.{}", block, place.part == RepPlace::kScale ? "1x1" : "kxk",
                     kind_of(place));
}

std::string original_repvgg_name(const RepPlace& place) {
  const std::string block = numbered_block_of(place);
  if (place.part == RepPlace::kIdentity) return block + ".rbr_identity";
  return fmt::format("{}.rbr_{}.{}", block, place.part == RepPlace::kScale ? "1x1" : "dense",
                     kind_of(place));
}

std::string timm_mobileone_name(const RepPlace& place) {
  const std::string block = block_of(place);
  if (place.part == RepPlace::kIdentity) return block + ".identity";
  if (place.part == RepPlace::kScale) return fmt::format("{}.conv_scale.{}", block, kind_of(place));
  return fmt::format("{}.conv_kxk.{}.{}", block, place.branch, kind_of(place));
}

std::string apple_mobileone_name(const RepPlace& place) {
  const std::string block = numbered_block_of(place);
  if (place.part == RepPlace::kIdentity) return block + ".rbr_skip";
  if (place.part == RepPlace::kScale) return fmt::format("{}.rbr_scale.{}", block, kind_of(place));
  return fmt::format("{}.rbr_conv.{}.{}", block, place.branch, kind_of(place));
}

}  // namespace paucal::models
