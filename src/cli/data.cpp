// data check: what is there, and everything that is wrong with it.

#include <cstdio>
#include <memory>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/flags.h"
#include "data/check.h"

namespace paucal::cli {
namespace {

struct Arguments {
  data::DataOptions data;
  std::string json;
  int shown = 10;
};

}  // namespace

void declare_data(CLI::App& app, int& code) {
  app.require_subcommand(1);
  CLI::App& check = *app.add_subcommand(
      "check", "decode every image; name broken, doubled and mislabelled files");
  const auto arguments = std::make_shared<Arguments>();
  check.add_option("root", arguments->data.root, "folder of the images")->required();
  check.add_option("--json", arguments->json,
                   "also write the report to this file; - for standard output");
  check.add_option("--shown", arguments->shown, "problems of a kind that are printed")
      ->capture_default_str()
      ->check(CLI::Range(0, 1000000));
  const auto assignments = std::make_shared<std::vector<std::string>>();
  check.add_option("assignments", *assignments, "data.key=value, e.g. data.ok=good");
  data::DataOptions defaults;
  check.footer([] {
    data::DataOptions defaults;
    return "Keys:\n" + options_of(defaults, "data.").help();
  });
  check.callback([=, &code] {
    Options options = options_of(arguments->data, "data.");
    for (const auto& assignment : *assignments) options.assign(assignment);
    const data::CheckReport report = data::check_dataset(arguments->data);
    if (arguments->json == "-") {
      std::puts(report.to_json().dump(2, ' ', false, Json::error_handler_t::replace).c_str());
    } else {
      std::fputs(report.to_text(static_cast<size_t>(arguments->shown)).c_str(), stdout);
      if (!arguments->json.empty()) write_json(arguments->json, report.to_json());
    }
    code = report.ok() ? 0 : 1;
  });
}

}  // namespace paucal::cli
