// The command `paucal-edge`.

#include <cstdio>

#include "base/error.h"
#include "base/version.h"
#include "edge_cli/commands.h"

namespace {

using namespace paucal::edge_cli;

constexpr Command kCommands[] = {
    {"predict", "verdict, boxes and heat of images", declare_predict},
    {"bench", "how fast a model is on this machine", declare_bench},
    {"graph", "the ops of a model, one a line", declare_graph},
    {"info", "what a model means: task, classes, pre-processing, calibration", declare_info},
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Runs Paucal's models, without anything else.", "paucal-edge");
  app.set_version_flag("--version", paucal::version());
  app.require_subcommand(1);
  int code = 0;
  for (const Command& command : kCommands)
    command.declare(*app.add_subcommand(command.name, command.help), code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "paucal-edge: %s\n", error.what());
    return 1;
  }
  return code;
}
