// The command `paucal`, all of it. main.cpp starts it.

#include "cli/commands.h"
#include "cli/program.h"

int main(int argc, char** argv) {
  return paucal::command::run(paucal::cli::program(paucal::cli::commands()), argc, argv);
}
