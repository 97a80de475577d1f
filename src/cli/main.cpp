// The command `paucal`.

#include <cstdio>

#include "base/error.h"
#include "base/host/log.h"
#include "base/version.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  CLI::App app("Train from a few labels; take the result to the line.", "paucal");
  app.set_version_flag("--version", paucal::version());
  app.require_subcommand(1);
  std::string level = "info";
  app.add_option("--log", level, "trace, debug, info, warn, error or off")->capture_default_str();
  int code = 0;
  for (const auto& command : paucal::cli::commands())
    command.declare(*app.add_subcommand(command.name, command.help), code);
  // Logging is set up before any subcommand runs: their callbacks come after this one.
  app.parse_complete_callback([&] { paucal::log::init(level); });
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const paucal::Error& error) {
    paucal::log::error("{}", error.what());
    return 1;
  } catch (const std::exception& error) {
    paucal::log::error("unexpected: {}", error.what());
    return 1;
  }
  return code;
}
