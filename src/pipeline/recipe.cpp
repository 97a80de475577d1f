#include "pipeline/recipe.h"

#include <filesystem>

#include "models/weight_store.h"
#include "models/weight_table.h"

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

// Keys of earlier versions, and what is asked for instead.
constexpr std::pair<const char*, const char*> kOldKeys[] = {
    {"weights", "model.weights"},
    {"train.mixed_precision", "train.precision"},
};

void make_paths_absolute(Recipe& recipe) {
  data::DataOptions& data = recipe.data;
  for (std::string* text :
       {&data.root, &data.split, &data.labels, &data.unlabelled, &data.truth, &data.boxes,
        &data.calibrate, &recipe.input.ignore, &recipe.model.weights, &recipe.line.review}) {
    if (text->empty()) continue;
    std::filesystem::path path = std::filesystem::absolute(*text).lexically_normal();
    if (!path.has_filename() && path.has_relative_path()) path = path.parent_path();
    *text = path.string();
  }
}

Recipe load_recipe(const std::filesystem::path& file, const std::vector<std::string>& assignments) {
  Recipe recipe;
  Options options = options_of(recipe);
  for (const auto& [other, key] : kOtherNames) options.alias(other, key);
  for (const auto& [old, key] : kOldKeys) options.retire(old, key);
  if (!file.empty()) options.load_yaml(file);
  for (const auto& assignment : assignments) options.assign(assignment);
  recipe.model.weights = weight_file(recipe.model.weights);
  return recipe;
}

std::string weight_file(const std::string& file_or_name) {
  std::error_code error;
  const bool named =
      !std::filesystem::exists(file_or_name, error) &&
      (models::find_weight_row(file_or_name) || models::stored_weights(file_or_name));
  return named ? models::find_weights(file_or_name).string() : file_or_name;
}

}  // namespace paucal::pipeline
