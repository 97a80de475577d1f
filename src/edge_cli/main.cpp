// The command `paucal-edge`.

#include <cstdio>

#include "base/system.h"
#include "edge_cli/commands.h"

namespace {

using namespace paucal::edge_cli;

constexpr paucal::command::Command kCommands[] = {
    {"predict", "verdict, boxes and heat of images", declare_predict},
#ifndef PAUCAL_WITHOUT_SERVE  // Windows; and to see what it costs: tools/check_edge_size
    {"serve", "models behind HTTP: Open Inference Protocol, versions, hot reload", declare_serve},
    {"rollback", "a running server goes back to the version before", declare_rollback},
#endif
    {"bench", "how fast a model is on this machine", declare_bench},
    {"graph", "the ops of a model, one a line", declare_graph},
    {"info", "what a model means: task, classes, pre-processing, calibration", declare_info},
#ifndef _WIN32
    {"line", "a folder in, verdicts out to a line's controller: runs paucal-line", declare_line},
#endif
};

void report(const std::string& message) {
  std::fprintf(stderr, "paucal-edge: %s\n", message.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  paucal::system::begin_program(argc, argv);
  return paucal::command::run({.name = "paucal-edge",
                               .help = "Runs Paucal's models, without anything else.",
                               .commands = kCommands,
                               .options = nullptr,
                               .report = report},
                              argc, argv);
}
