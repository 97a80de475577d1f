// The command `paucal` as it is typed. It answers for help, version and wrong names, and becomes
// the full program (full_main.cpp) for everything else: loading libtorch takes most of a second.

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "cli/program.h"
#include "command/output.h"

namespace {

namespace fs = std::filesystem;
using paucal::command::Command;

constexpr Command kCommands[] = {
#define COMMAND(name, help) {#name, help, [](CLI::App&, int&) {}},
#include "cli/commands.def"
#undef COMMAND
};

bool names_command(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)
    for (const Command& command : kCommands)
      if (std::strcmp(argv[i], command.name) == 0) return true;
  return false;
}

// Installed, or in the folder of the build.
fs::path full_program() {
  std::error_code ignored;
  const fs::path folder = fs::read_symlink("/proc/self/exe", ignored).parent_path();
  const fs::path built = folder / PAUCAL_BUILT;
  return fs::exists(built, ignored) ? built : (folder / PAUCAL_INSTALLED).lexically_normal();
}

// The help of "data check --help", as the build has written it down beside the full program, which
// alone knows all keys and methods. Empty where something else is asked for; a file that is not
// there is no error, since the full program helps by itself.
std::string written_help(const fs::path& full, int argc, char** argv) {
  const std::string last = argv[argc - 1];
  if (last != "--help" && last != "-h") return "";
  std::string words;
  for (int i = 1; i < argc - 1; ++i) words += (i > 1 ? " " : "") + std::string(argv[i]);
  try {
    return paucal::read_json(full.parent_path() / "help.json").value(words, "");
  } catch (const std::exception&) {
    return "";
  }
}

int show(const paucal::command::Program& program, const std::string& help) {
  try {
    paucal::command::print(help);
    paucal::command::flush_output();
    return 0;
  } catch (const paucal::Error& error) {
    program.report(error.what());
    return 1;
  }
}

// Returns only where the full program cannot be started.
int become(const fs::path& full, char** argv, const paucal::command::Program& program) {
  // OpenMP's threads spin at the end of each loop, and take the processor from whatever else is to
  // be done. Spinning briefly costs an idle machine nothing; not at all costs it a tenth and more
  // (bench_train --busy). libgomp reads this once, when it is loaded.
  if (!std::getenv("OMP_WAIT_POLICY")) ::setenv("GOMP_SPINCOUNT", "10000", 0);
  ::execv(full.c_str(), argv);
  program.report("[cli] '" + full.string() + "': " + std::strerror(errno) +
                 ", expected the rest of Paucal; install it again");
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  const paucal::command::Program program = paucal::cli::program(kCommands);
  if (!names_command(argc, argv)) return paucal::command::run(program, argc, argv);
  const fs::path full = full_program();
  const std::string help = written_help(full, argc, argv);
  return help.empty() ? become(full, argv, program) : show(program, help);
}
