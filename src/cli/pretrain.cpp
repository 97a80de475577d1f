// pretrain: features from one's own images, without labels.

#include "pipeline/pretrain.h"

#include <memory>

#include "base/error.h"
#include "base/host/log.h"
#include "cli/commands.h"
#include "command/output.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct PretrainArguments {
  std::string recipe, out;
  std::vector<std::string> assignments;
};

void execute_pretrain(const PretrainArguments& arguments) {
  const auto recipe = pipeline::load_pretrain_recipe(arguments.recipe, arguments.assignments);
  if (recipe.data.root.empty())
    fail("cli", "data.root is missing, expected data.root=FOLDER with images");
  train::init_runtime(recipe.train.threads);
  const pipeline::Pretraining result = pipeline::pretrain(recipe, arguments.out);
  command::print(
      "{}: {} images, {} steps, {:.0f} s; places of pasted defects on {} held-out images: AUROC "
      "{:.3f} before, {:.3f} now\n",
      arguments.out, result.images, result.steps, result.seconds, result.held_out, result.before,
      result.after);
  if (!result.helped())
    log::warn("pretrain: the features that it began with tell pasted defects at least as well");
}

std::string pretrain_keys(const PretrainArguments& arguments) {
  auto recipe = pipeline::load_pretrain_recipe(arguments.recipe, arguments.assignments);
  return "Keys (in the recipe, or as key=value):\n" +
         pipeline::options_of_pretraining(recipe).help();
}

}  // namespace

void declare_pretrain(CLI::App& app, int&) {
  const auto arguments = std::make_shared<PretrainArguments>();
  app.add_option("recipe", arguments->recipe, "recipe file, e.g. recipes/pretrain.yaml")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("assignments", arguments->assignments, "key=value, e.g. data.root=DIR");
  app.add_option("--out", arguments->out,
                 "weight file to write, .safetensors; the same one again resumes")
      ->required();
  app.footer([=] { return pretrain_keys(*arguments); });
  app.callback([=] { execute_pretrain(*arguments); });
}

}  // namespace paucal::cli
