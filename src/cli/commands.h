#pragma once
// The subcommands of paucal, those of commands.def.

#include <vector>

#include "command/command.h"

namespace paucal::cli {

#define COMMAND(name, help) void declare_##name(CLI::App& app, int& code);
#include "cli/commands.def"
#undef COMMAND

const std::vector<command::Command>& commands();

}  // namespace paucal::cli
