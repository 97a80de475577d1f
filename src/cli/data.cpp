// data check: what is there, and everything that is wrong with it. data index: a list of millions
// of unlabelled images, made once.

#include <memory>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "cli/commands.h"
#include "command/flags.h"
#include "command/output.h"
#include "data/check/check.h"
#include "data/unlabelled/unlabelled_scan.h"

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

}  // namespace

void declare_data(CLI::App& app, int& code) {
  app.require_subcommand(1);
  declare_index(app);
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
