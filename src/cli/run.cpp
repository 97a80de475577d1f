// run, train, locate, eval, report: the line, whole or up to a stage.

#include "pipeline/run.h"

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "pipeline/line.h"
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

void execute(const char* name, const char* last, const RunArguments& arguments) {
  pipeline::RunState run;
  // A run folder knows its recipe; assignments on top change it.
  const bool is_run = std::filesystem::is_directory(arguments.source);
  run.recipe =
      pipeline::load_recipe(is_run ? std::filesystem::path(arguments.source) / "recipe.yaml"
                                   : std::filesystem::path(arguments.source),
                            arguments.assignments);
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
    fail("cli", "'{}' of a line of {} runs, expected 'run', or the folder of one of them", name,
         run.recipe.line.phases.size());
  } else {
    pipeline::run_line(run.recipe, run.folder, run.command);
  }
}

// The options of a recipe, below CLI11's own help.
std::string recipe_help() {
  pipeline::Recipe recipe;
  return "Keys (in the recipe, or as key=value):\n" + options_of(recipe).help();
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
  app.footer(recipe_help);
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
