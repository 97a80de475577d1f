// run, train, locate, eval, report: the line, whole or up to a stage.

#include "pipeline/run.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "pipeline/line.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/take_weights.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct RunArguments {
  std::string source;  // a recipe file, or a run folder
  std::vector<std::string> assignments;
  std::string out;
  std::string calibrate;  // data.calibrate
};

std::string typed(const char* name, const RunArguments& arguments) {
  std::string text = std::string("paucal ") + name + " " + arguments.source;
  for (const auto& assignment : arguments.assignments) text += " " + assignment;
  if (!arguments.calibrate.empty()) text += " --calibrate " + arguments.calibrate;
  if (!arguments.out.empty()) text += " --out " + arguments.out;
  return text;
}

pipeline::Recipe recipe_of(const RunArguments& arguments) {
  // A run folder knows its recipe; assignments on top change it.
  const std::filesystem::path source = arguments.source;
  return pipeline::load_recipe(
      std::filesystem::is_directory(source) ? source / "recipe.yaml" : source,
      arguments.assignments);
}

void execute(const char* name, const char* last, const RunArguments& arguments) {
  pipeline::RunState run;
  const bool is_run = std::filesystem::is_directory(arguments.source);
  run.recipe = recipe_of(arguments);
  // A run folder has what its weights brought along in its recipe, and what was typed over it.
  const auto names_weights = [](std::string_view typed) {
    return typed.starts_with("model.weights");
  };
  if (!is_run || std::ranges::any_of(arguments.assignments, names_weights))
    pipeline::take_weights(run.recipe, arguments.assignments);
  pipeline::refuse_idle_keys(run.recipe, arguments.assignments);
  if (!arguments.calibrate.empty()) run.recipe.data.calibrate = arguments.calibrate;
  if (!is_run && arguments.out.empty())
    fail("cli", "--out is missing, expected the folder that the run is written to");
  run.folder = arguments.out.empty() ? arguments.source : arguments.out;
  if (run.recipe.data.root.empty())
    fail("cli", "data.root is missing, expected data.root=FOLDER with one folder a class");
  run.command = typed(name, arguments);
  train::init_runtime(run.recipe.train.threads);
  if (run.recipe.line.phases.empty()) {
    pipeline::run_stages(run, {last});
  } else if (std::string_view(name) != "run") {
    fail("cli", "'{}' of a chain of {} runs, expected 'run', or the folder of one of them", name,
         run.recipe.line.phases.size());
  } else {
    pipeline::run_line(run.recipe, run.folder, run.command);
  }
}

// The keys that matter to the recipe that is named, below CLI11's own help; without one, all keys.
std::string keys_help(const RunArguments& arguments) {
  if (arguments.source.empty())
    return "Keys (in the recipe, or as key=value; 'run RECIPE --help' shows those that matter to "
           "RECIPE):\n" +
           pipeline::recipe_help({}, /*all=*/true);
  return "Keys that matter to this recipe (in it, or as key=value; 'run --help' shows all):\n" +
         pipeline::recipe_help(recipe_of(arguments), /*all=*/false);
}

void declare(CLI::App& app, const char* name, const char* last) {
  const auto arguments = std::make_shared<RunArguments>();
  app.add_option("recipe", arguments->source, "recipe file, or a run folder to go on with")
      ->required()
      ->check(CLI::ExistingPath);
  app.add_option("assignments", arguments->assignments, "key=value, e.g. data.root=DIR");
  app.add_option("--calibrate", arguments->calibrate,
                 "boxes of a few images that choose thresholds and weights; as data.calibrate");
  app.add_option("--out", arguments->out, "run folder; the same one again resumes");
  app.footer([=] { return keys_help(*arguments); });
  app.callback([=] { execute(name, last, *arguments); });
}

}  // namespace

void declare_run(CLI::App& app, int&) {
  declare(app, "run", "report");
}
void declare_train(CLI::App& app, int&) {
  declare(app, "train", "train");
}
void declare_locate(CLI::App& app, int&) {
  declare(app, "locate", "locate");
}
void declare_eval(CLI::App& app, int&) {
  declare(app, "eval", "eval");
}
void declare_report(CLI::App& app, int&) {
  declare(app, "report", "report");
}

}  // namespace paucal::cli
