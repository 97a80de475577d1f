// data check: what is there, and everything that is wrong with it. data index: a list of millions
// of unlabelled images, made once. data suspects: labels that look wrong.

#include <filesystem>
#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "data/check/check.h"
#include "data/unlabelled/unlabelled_scan.h"
#include "pipeline/studies/suspects.h"
#include "pipeline/take_weights.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct CheckArguments {
  data::DataOptions data;
  std::string json;
  int shown = 10;
};

void declare_index(CLI::App& app) {
  CLI::App& index = *app.add_subcommand(
      "index", "list unlabelled images in a file that data.unlabelled takes, however many");
  const auto source = std::make_shared<std::string>(), list = std::make_shared<std::string>();
  index.add_option("source", *source, "folder, .tar, .csv or .jsonl")->required();
  index.add_option("file", *list, "the list, e.g. images.idx")->required();
  index.callback([=] {
    const data::UnlabelledReport report = data::index_unlabelled(*source, *list);
    for (const data::Problem& problem : report.problems)
      command::print("left out: {} {}: {}\n", problem.path, problem.kind, problem.message);
    command::print(
        "{}: {} images; left out: {} with problems, {} files of other kinds, {} lines "
        "of val and test\n",
        *list, report.images, report.problem_count, report.other_files, report.held_out);
  });
}

struct SuspectsArguments {
  std::string root, run, recipe, json, page, work;
  int shown = 20;
  std::vector<std::string> assignments;
};

void find_suspects(const SuspectsArguments& arguments) {
  namespace fs = std::filesystem;
  const fs::path file =
      arguments.run.empty() ? fs::path(arguments.recipe) : fs::path(arguments.run) / "recipe.yaml";
  std::vector<std::string> keys = arguments.assignments;
  if (file.empty()) keys.insert(keys.begin(), "input.pad=stretch");  // as recipes/inspection.yaml
  pipeline::Recipe recipe = pipeline::load_recipe(file, keys);
  if (arguments.run.empty()) pipeline::take_weights(recipe, arguments.assignments);
  recipe.data.root = arguments.root;
  train::init_runtime(recipe.train.threads);
  pipeline::SuspectsOptions options;
  const fs::path root = fs::absolute(recipe.data.root).lexically_normal();
  const fs::path name = root.has_filename() ? root.filename() : root.parent_path().filename();
  options.work = arguments.work.empty() ? name.string() + "-suspects" : arguments.work;
  options.page = arguments.page;
  options.pictures = arguments.shown;
  const Json suspects = pipeline::find_suspects(recipe, options);
  if (arguments.json == "-") {
    command::print(dump_json(suspects, 2) + "\n");
    return;
  }
  if (!arguments.json.empty()) write_json(arguments.json, suspects);
  command::print(pipeline::suspects_text(suspects, static_cast<size_t>(arguments.shown)));
}

void declare_suspects(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "suspects", "labels that look wrong, NG among the OK, doubles: what to look at first");
  const auto arguments = std::make_shared<SuspectsArguments>();
  command.add_option("root", arguments->root, "folder of the images")->required();
  command.add_option("assignments", arguments->assignments,
                     "key=value as for run, e.g. model.weights=efficientnet_lite0");
  command.add_option("--run", arguments->run, "a run whose recipe is taken")
      ->check(CLI::ExistingDirectory);
  command.add_option("--recipe", arguments->recipe, "recipe file")->check(CLI::ExistingFile);
  command.add_option("--json", arguments->json, "write all to this file; - for standard output");
  command.add_option("--out", arguments->page, "write a page with the pictures of the first ones");
  command.add_option(
      "--work", arguments->work,
      "folder that keeps what is trained for it, so that the next call is quick; default: "
      "ROOT-suspects, here");
  command.add_option("--shown", arguments->shown, "how many are printed and pictured")
      ->capture_default_str()
      ->check(CLI::Range(1, 1000));
  command.callback([=] { find_suspects(*arguments); });
}

}  // namespace

void declare_data(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_index(app);
  declare_suspects(app);
  CLI::App& check = *app.add_subcommand(
      "check", "decode every image; name broken, doubled and mislabelled files");
  const auto arguments = std::make_shared<CheckArguments>();
  check.add_option("root", arguments->data.root, "folder of the images")->required();
  check.add_option("--json", arguments->json,
                   "also write the report to this file; - for standard output");
  check.add_option("--shown", arguments->shown, "problems of a kind that are printed")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  const auto assignments = std::make_shared<std::vector<std::string>>();
  check.add_option("assignments", *assignments, "data.key=value, e.g. data.ok=good");
  check.footer([] {
    data::DataOptions defaults;
    return "Keys:\n" + options_of(defaults, "data.").help();
  });
  check.callback([=, &code] {
    Options options = options_of(arguments->data, "data.");
    for (const auto& assignment : *assignments) options.assign(assignment);
    const data::CheckReport report = data::check_dataset(arguments->data);
    if (arguments->json == "-") {
      command::print(dump_json(report.to_json(), 2) + "\n");
    } else {
      command::print(report.to_text(static_cast<size_t>(arguments->shown)));
      if (!arguments->json.empty()) write_json(arguments->json, report.to_json());
    }
    code = report.ok() ? 0 : 1;
  });
}

}  // namespace paucal::cli
