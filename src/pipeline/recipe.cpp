#include "pipeline/recipe.h"

namespace paucal::pipeline {

Recipe::Recipe() {
  input.channels = 1;
  input.multiple = 32;
  model.channels = 1;
}

Recipe load_recipe(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  Recipe recipe;
  Options options = options_of(recipe);
  if (!file.empty()) options.load_yaml(file);
  for (const auto& assignment : assignments) options.assign(assignment);
  return recipe;
}

}  // namespace paucal::pipeline
