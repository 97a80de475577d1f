#include "pipeline/pretrain_recipe.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "pipeline/take_weights.h"

namespace paucal::pipeline {
namespace {

// Of the groups that other recipes have, too: nothing is validated, and there are no tiles and no
// masks.
constexpr std::array<std::string_view, 8> kIdle = {
    "input.tile",        "input.tile_overlap", "input.coarse",      "input.ignore",
    "train.eval_epochs", "train.keep",         "train.backbone_lr", "train.freeze_epochs"};
constexpr std::array<std::string_view, 8> kOfModel = {
    "model.arch",    "model.weights", "model.weights_source", "model.cut",
    "model.padding", "model.width",   "model.bn_momentum",    "model.bn_eps"};

bool takes_effect(const Option& option) {
  if (option.key.starts_with("model."))
    return std::ranges::find(kOfModel, option.key) != kOfModel.end();
  return std::ranges::find(kIdle, option.key) == kIdle.end();
}

void take_weights(PretrainRecipe& recipe, const std::vector<std::string>& typed) {
  Recipe run;
  run.task = "classification";  // all stages are there to be taught
  run.model = recipe.model;
  run.model.bn = "train";  // statistics are learnt, too
  run.input = recipe.input;
  take_weights(run, typed);
  recipe.model = run.model;
  recipe.input = run.input;
}

}  // namespace

PretrainRecipe::PretrainRecipe() {
  input.channels = 1;
  input.multiple = 32;
  model.arch = "pyramid10";
  view.augment.rotate = 30;
  train.optimiser.name = "adamw";
  train.optimiser.lr = .002;
  train.optimiser.weight_decay = .01;
  train.optimiser.clip_norm = 5;
  train.steps = 1500;
}

Options options_of_pretraining(PretrainRecipe& recipe) {
  Options options = options_of(recipe);
  options.keep_if(takes_effect);
  return options;
}

PretrainRecipe load_pretrain_recipe(const std::filesystem::path& file,
                                    const std::vector<std::string>& assignments) {
  PretrainRecipe recipe;
  Options options = options_of_pretraining(recipe);
  if (!file.empty()) options.load_yaml(file);
  for (const auto& assignment : assignments) options.assign(assignment);
  recipe.model.weights = weight_file(recipe.model.weights);
  recipe.pretrain.teacher = weight_file(recipe.pretrain.teacher);
  take_weights(recipe, assignments);
  return recipe;
}

}  // namespace paucal::pipeline
