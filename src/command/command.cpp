#include "command/command.h"

#include <iostream>
#include <sstream>

#include "base/error.h"
#include "base/options.h"
#include "base/version.h"
#include "command/output.h"

namespace paucal::command {
namespace {

// As CLI11's, but how to call it comes before what it does.
class UsageFirst : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    if (mode == CLI::AppFormatMode::Sub) return make_expanded(app);
    return make_usage(app, name) + make_description(app) + make_positionals(app) +
           make_groups(app, mode) + make_subcommands(app, mode) + "\n" + make_footer(app);
  }
};

// CLI11 says only that some subcommand is required, whatever stands in its place.
void refuse_unknown_command(const CLI::App& app) {
  const CLI::App* last = &app;
  while (!last->get_subcommands().empty()) last = last->get_subcommands().front();
  std::vector<std::string> known;
  for (const CLI::App* child : last->get_subcommands({})) known.push_back(child->get_name());
  if (known.empty()) return;
  for (const std::string& word : last->remaining())
    if (!word.starts_with("-"))
      fail_unknown("cli", "subcommand of '" + last->get_name() + "'", word, known);
}

void collect_help(const CLI::App& app, const std::string& before, const std::string& words,
                  Json& help) {
  for (const CLI::App* child : app.get_subcommands({})) {
    const std::string name = words + (words.empty() ? "" : " ") + child->get_name();
    help[name] = child->help(before);
    collect_help(*child, before + " " + child->get_name(), name, help);
  }
}

// Help on standard output, which is checked, or what is wrong on standard error.
int end(const CLI::App& app, const CLI::Error& error) {
  std::ostringstream out;
  const int code = app.exit(error, out, std::cerr);
  print(out.str());
  return code;
}

int parse(CLI::App& app, int argc, const char* const* argv) {
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::RequiredError& error) {
    refuse_unknown_command(app);
    return end(app, error);
  } catch (const CLI::ParseError& error) {  // also the wish for help, which is none
    return end(app, error);
  }
}

}  // namespace

std::unique_ptr<CLI::App> make_app(const Program& program, int& code) {
  auto app = std::make_unique<CLI::App>(program.help, program.name);
  app->formatter(std::make_shared<UsageFirst>());
  app->set_version_flag("--version", version());
  app->require_subcommand(1);
  if (program.options) program.options(*app);
  for (const Command& command : program.commands)
    command.declare(*app->add_subcommand(command.name, command.help), code);
  return app;
}

Json all_help(const CLI::App& app) {
  Json help = Json::object();
  collect_help(app, app.get_name(), "", help);
  return help;
}

int run(const Program& program, int argc, const char* const* argv) {
  int code = 0;
  try {
    const auto app = make_app(program, code);
    const int refused = parse(*app, argc, argv);
    flush_output();
    return refused != 0 ? refused : code;
  } catch (const Error& error) {
    program.report(error.what());
  } catch (const std::exception& error) {
    program.report(std::string("unexpected: ") + error.what());
  }
  return 1;
}

}  // namespace paucal::command
