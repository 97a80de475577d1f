// boxes compare: how good the boxes of a run are.

#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "pipeline/boxes_compare.h"
#include "pipeline/run.h"
#include "train/runtime.h"

namespace paucal::cli {
namespace {

struct Compare {
  std::string run;
  pipeline::BoxCompareOptions options;
};

void declare_compare(CLI::App& app) {
  CLI::App& command = *app.add_subcommand(
      "compare", "the boxes of a run, or of a line of runs, against true ones and baselines");
  const auto arguments = std::make_shared<Compare>();
  pipeline::BoxCompareOptions& options = arguments->options;
  command.add_option("run", arguments->run, "run folder")
      ->required()
      ->check(CLI::ExistingDirectory);
  command
      .add_option("--truth", options.truth,
                  "true boxes: a COCO file, or a folder of VOC, labelme or mask files; default: as "
                  "the run's data.truth has it")
      ->check(CLI::ExistingPath);
  command
      .add_option("--budget", options.budgets,
                  "numbers of boxed validation images that may set thresholds, a,b,c")
      ->delimiter(',')
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_option("--few", options.few, "boxed training images of the contrast baseline")
      ->check(CLI::Range(0, 1000000))
      ->capture_default_str();
  command.add_option("--worst", options.worst, "test images that are shown, the worst first")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  command.callback([=] {
    train::init_runtime(pipeline::recipe_of_run(arguments->run).train.threads);
    const Json report = pipeline::compare_boxes(arguments->run, arguments->options);
    std::fputs(pipeline::boxes_table(report).c_str(), stdout);
  });
}

}  // namespace

void declare_boxes(CLI::App& app, int&) {
  app.require_subcommand(1);
  declare_compare(app);
}

}  // namespace paucal::cli
