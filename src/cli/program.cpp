#include "cli/program.h"

#include "base/host/log.h"

namespace paucal::cli {
namespace {

// The log is set up before any subcommand runs: their callbacks come after this one.
void declare_log(CLI::App& app) {
  const auto level = std::make_shared<std::string>("info");
  app.add_option("--log", *level, "trace, debug, info, warn, error or off")->capture_default_str();
  app.parse_complete_callback([level] { log::init(*level); });
}

void report_error(const std::string& message) {
  log::error("{}", message);
}

}  // namespace

command::Program program(std::span<const command::Command> commands) {
  log::init();  // for what is wrong with the command line itself
  return {.name = "paucal",
          .help = "Train from a few labels; take the result to the line.",
          .commands = commands,
          .options = declare_log,
          .report = report_error};
}

}  // namespace paucal::cli
