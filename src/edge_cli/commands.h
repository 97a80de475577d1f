#pragma once
// The subcommands of paucal-edge. Like `paucal`, without training: what runs on a device.

#include "command/command.h"

namespace paucal::edge_cli {

void declare_predict(CLI::App& app, int& code);
void declare_serve(CLI::App& app, int& code);
void declare_rollback(CLI::App& app, int& code);
void declare_bench(CLI::App& app, int& code);
void declare_graph(CLI::App& app, int& code);
void declare_info(CLI::App& app, int& code);
void declare_line(CLI::App& app, int& code);

}  // namespace paucal::edge_cli
