#pragma once
// The subcommands of paucal-edge. Like `paucal`, without training: what runs on a device.

#include <CLI/CLI.hpp>

namespace paucal::edge_cli {

struct Command {
  const char* name;
  const char* help;
  // Declares options on `app`, and what runs when it was chosen. The exit code goes to `code`.
  void (*declare)(CLI::App& app, int& code);
};

void declare_predict(CLI::App& app, int& code);
void declare_bench(CLI::App& app, int& code);
void declare_graph(CLI::App& app, int& code);
void declare_info(CLI::App& app, int& code);

}  // namespace paucal::edge_cli
