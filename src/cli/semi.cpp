// semi list, semi compare, semi check: methods that learn from unlabelled images too.

#include <memory>

#include "base/error.h"
#include "cli/commands.h"
#include "command/output.h"
#include "pipeline/run.h"
#include "pipeline/studies/semi_check.h"
#include "pipeline/studies/semi_compare.h"
#include "pipeline/take_weights.h"
#include "semi/method.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

void list_methods() {
  for (const semi::MethodInfo* method : semi::all_methods()) {
    const std::string paper = method->paper.empty() ? "" : fmt::format(" ({})", method->paper);
    command::print("{:<13} {}{}\n", method->name, method->summary, paper);
    AnyOptions options = method->options();
    Options fields;
    OptionVisitor visitor(fields, "");
    options.visit(visitor);
    std::string line;
    for (const Option& option : fields.all())
      line += (line.empty() ? "" : ", ") + option.key + "=" +
              (option.default_value.is_string() ? option.default_value.get<std::string>()
                                                : option.default_value.dump());
    if (!line.empty()) command::print("{:<13} {}\n", "", line);
  }
}

struct MethodCompare {
  std::string recipe, out;
  std::vector<std::string> assignments;
  pipeline::CompareOptions options;
};

void declare_method_compare(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "compare", "train several methods on the same data, with few and more labels");
  const auto arguments = std::make_shared<MethodCompare>();
  pipeline::CompareOptions& options = arguments->options;
  command.add_option("recipe", arguments->recipe, "recipe file")
      ->required()
      ->check(CLI::ExistingFile);
  command.add_option("assignments", arguments->assignments, "key=value, e.g. data.root=DIR");
  command.add_option("--methods", options.methods, "names of `semi list`, a,b,c")
      ->delimiter(',')
      ->capture_default_str();
  command.add_option("--labels", options.labels, "numbers of labels, at least 1, a,b,c")
      ->delimiter(',')
      ->check(CLI::Range(int64_t{1}, pipeline::CompareOptions::kMostLabels))
      ->capture_default_str();
  command.add_option("--seeds", options.seeds, "runs of each, with seeds 0, 1, …")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command.add_option("--test", options.test, "test images to look at, evenly spaced; 0: all")
      ->check(CLI::Range(0, 1000000000))
      ->capture_default_str();
  command.add_option("--out", arguments->out, "folder for the runs and compare.json")->required();
  command.callback([=] {
    pipeline::Recipe recipe = pipeline::load_recipe(arguments->recipe, arguments->assignments);
    pipeline::take_weights(recipe, arguments->assignments);
    train::init_runtime(recipe.train.threads);
    const Json report = pipeline::compare_methods(recipe, arguments->options, arguments->out);
    command::print(pipeline::compare_table(report));
  });
}

}  // namespace

void declare_semi(CLI::App& app, int&) {
  app.require_subcommand(1);
  app.add_subcommand("list", "the methods, with paper and options")->callback(list_methods);
  declare_method_compare(app);
  CLI::App& check =
      *app.add_subcommand("check", "did the unlabelled images of a run help, or harm?");
  const auto folder = std::make_shared<std::string>();
  check.add_option("run", *folder, "run folder")->required()->check(CLI::ExistingDirectory);
  check.callback([=] {
    train::init_runtime(pipeline::recipe_of_run(*folder).train.threads);
    command::print(pipeline::check_text(pipeline::check_run(*folder)));
  });
}

}  // namespace paucal::cli
