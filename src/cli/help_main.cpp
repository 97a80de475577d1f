// paucal_help FILE: writes the help of every subcommand, for the small program (main.cpp) to show
// without libtorch. Part of the build.

#include <cstdio>

#include "base/files.h"
#include "cli/commands.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  using namespace paucal;
  if (argc != 2) return std::fputs("paucal_help FILE\n", stderr), 2;
  int code = 0;
  const command::Program all = cli::program(cli::commands());
  write_json(argv[1], command::all_help(*command::make_app(all, code)));
}
