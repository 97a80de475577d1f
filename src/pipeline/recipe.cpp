#include "pipeline/recipe.h"

namespace paucal::pipeline {

Recipe::Recipe() {
  input.channels = 1;
  input.multiple = 32;
  model.channels = 1;
}

// Names that people know from detection kits.
constexpr std::pair<const char*, const char*> kOtherNames[] = {
    {"model.backbone", "model.arch"},
    {"model.stride", "model.output_stride"},
    {"detector.head", "model.bbox_head.type"},
    {"refine", "model.refine.type"},
};

Recipe load_recipe(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  Recipe recipe;
  Options options = options_of(recipe);
  for (const auto& [other, key] : kOtherNames) options.alias(other, key);
  if (!file.empty()) options.load_yaml(file);
  for (const auto& assignment : assignments) options.assign(assignment);
  return recipe;
}

}  // namespace paucal::pipeline
