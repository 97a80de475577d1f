// The command `paucal-line`: a folder in, verdicts out.

#include <csignal>

#include "line_cli/program.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of a write
  return paucal::line_cli::run(argc, argv);
}
