#include "models/stages_plan.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include <algorithm>

#include "base/error.h"

namespace paucal::models {
namespace {

// "s4", "s8", … of the network as published.
std::vector<std::string> stage_names(const Strides& strides) {
  std::vector<std::string> names;
  int reached = strides.stem;
  for (const int stride : strides.stages) names.push_back(fmt::format("s{}", reached *= stride));
  return names;
}

size_t stage_named(const std::vector<std::string>& names, const std::string& name,
                   std::string_view what, const std::string& arch) {
  const auto found = std::ranges::find(names, name);
  if (found == names.end())
    fail("models", "{}: {} '{}', expected one of {}", arch, what, name, fmt::join(names, ", "));
  return static_cast<size_t>(found - names.begin());
}

}  // namespace

int StagesPlan::width_of(const std::vector<int>& channels) const {
  if (taps.empty()) return channels.back();
  int sum = 0;
  for (const size_t tap : taps) sum += channels[tap];
  return sum;
}

StagesPlan plan_network(const Strides& strides, const ModelOptions& options) {
  const auto names = stage_names(strides);
  StagesPlan plan;
  for (const std::string& tap : options.taps)
    plan.taps.push_back(stage_named(names, tap, "taps", options.arch));
  std::ranges::sort(plan.taps);
  if (std::ranges::adjacent_find(plan.taps) != plan.taps.end())
    fail("models", "{}: taps {}, expected each once", options.arch, fmt::join(options.taps, ","));
  size_t built = plan.taps.empty() ? names.size() : plan.taps.back() + 1;
  if (options.cut != "none") {
    const size_t cut = stage_named(names, options.cut, "cut", options.arch) + 1;
    if (!plan.taps.empty() && cut < built)
      fail("models", "{}: taps {}, expected none behind cut={}", options.arch,
           fmt::join(options.taps, ","), options.cut);
    built = cut;
  }
  Strides kept = strides;
  kept.stages.resize(built);
  plan.steps = plan_stages(kept, options.taps.empty() ? options.output_stride : 0, options.arch);
  const size_t finest = plan.taps.empty() ? built - 1 : plan.taps[0];
  plan.output_stride = strides.stem;
  for (size_t i = 0; i <= finest; ++i) plan.output_stride *= plan.steps[i].stride;
  if (!plan.taps.empty() && options.output_stride != 0 &&
      options.output_stride != plan.output_stride)
    fail("models", "{}: output_stride {}, expected 0 or that of the finest of the taps {}, {}",
         options.arch, options.output_stride, fmt::join(options.taps, ","), plan.output_stride);
  return plan;
}

at::Tensor join_taps(const std::vector<at::Tensor>& stages, const std::vector<size_t>& taps) {
  const at::Tensor& finest = stages[taps[0]];
  std::vector<at::Tensor> parts = {finest};
  for (size_t i = 1; i < taps.size(); ++i)
    parts.push_back(at::upsample_bilinear2d(stages[taps[i]], {finest.size(2), finest.size(3)},
                                            /*align_corners=*/false));
  return parts.size() == 1 ? finest : at::cat(parts, 1);
}

}  // namespace paucal::models
