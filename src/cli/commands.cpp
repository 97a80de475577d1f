#include "cli/commands.h"

namespace paucal::cli {

const std::vector<command::Command>& commands() {
  static const std::vector<command::Command> table = {
#define COMMAND(name, help) {#name, help, declare_##name},
#include "cli/commands.def"
#undef COMMAND
  };
  return table;
}

}  // namespace paucal::cli
