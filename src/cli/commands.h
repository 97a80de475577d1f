#pragma once
// The table of subcommands. Each takes the parsed command line's pieces and returns an exit code.

#include <CLI/CLI.hpp>

namespace paucal::cli {

struct Command {
  const char* name;
  const char* help;
  // Declares options on `app`, and what runs when it was chosen. The exit code goes to `code`.
  void (*declare)(CLI::App& app, int& code);
};

const std::vector<Command>& commands();

void declare_synth(CLI::App& app, int& code);
void declare_data(CLI::App& app, int& code);
void declare_run(CLI::App& app, int& code);
void declare_train(CLI::App& app, int& code);
void declare_semi(CLI::App& app, int& code);
void declare_boxes(CLI::App& app, int& code);
void declare_locate(CLI::App& app, int& code);
void declare_eval(CLI::App& app, int& code);
void declare_report(CLI::App& app, int& code);
void declare_export(CLI::App& app, int& code);
void declare_graph(CLI::App& app, int& code);
void declare_verify(CLI::App& app, int& code);
void declare_predict(CLI::App& app, int& code);

}  // namespace paucal::cli
