#pragma once

namespace paucal::line_cli {

// Parses the command line and runs the line until SIGTERM or SIGINT. Returns the exit code: 0 done,
// 1 an error, which was said on standard error, above 100 a command line that CLI11 refuses.
int run(int argc, const char* const* argv);

}  // namespace paucal::line_cli
