#pragma once
// What both halves of the command `paucal` have in common: the small one that answers for help and
// names, and the full one.

#include "command/command.h"

namespace paucal::cli {

// `commands` must outlive it. Sets up the log, to which errors go; --log is its level.
command::Program program(std::span<const command::Command> commands);

}  // namespace paucal::cli
