// libFuzzer target: any bytes as a recipes file: a failure, or recipes that keep their bounds.
#include "line/recipes.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto recipes =
      paucal::line::parse_recipes({reinterpret_cast<const char*>(data), size}, "fuzz/recipes.yaml");
  if (!recipes.ok()) return 0;
  for (const auto& [number, recipe] : *recipes) {
    if (recipe.model.empty()) __builtin_trap();
    if (recipe.threshold && !(*recipe.threshold >= 0 && *recipe.threshold <= 1)) __builtin_trap();
    if (!recipe.roi) continue;
    const auto [x0, y0, x1, y1] = *recipe.roi;
    if (x0 < 0 || y0 < 0 || x1 <= x0 || y1 <= y0) __builtin_trap();
  }
  return 0;
}
