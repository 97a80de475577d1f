#pragma once
// A subcommand of `paucal` or `paucal-edge`, and a program as the table of its subcommands.

#include <CLI/CLI.hpp>
#include <memory>
#include <span>
#include <string>

#include "base/json.h"

namespace paucal::command {

struct Command {
  const char* name;
  const char* help;
  // Declares options on `app`, and what runs when it was chosen. The exit code goes to `code`.
  void (*declare)(CLI::App& app, int& code);
};

struct Program {
  const char* name;
  const char* help;
  std::span<const Command> commands;
  void (*options)(CLI::App& app);              // declares the program's own options; may be null
  void (*report)(const std::string& message);  // says an error to people
};

// All of the command line. `program` and `code` must outlive what is returned.
std::unique_ptr<CLI::App> make_app(const Program& program, int& code);

// The help of every subcommand, nested ones too, under its words: {"data check": "Usage: …"}.
Json all_help(const CLI::App& app);

// Parses and runs a command line. Returns the exit code: 0 done, 1 an error, which was reported,
// above 100 a command line that CLI11 refuses. Standard output is flushed; if it cannot be written,
// that is an error too.
int run(const Program& program, int argc, const char* const* argv);

}  // namespace paucal::command
