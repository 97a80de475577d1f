// line: becomes the program paucal-line, which brings what a static program cannot: TLS, names of
// hosts, Modbus and MQTT from Debian's packages.

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <vector>

#include "base/error.h"
#include "edge_cli/commands.h"

namespace paucal::edge_cli {
namespace {

constexpr const char* kProgram = "paucal-line";

[[noreturn]] void become_line(std::vector<std::string> words) {
  std::error_code ignored;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::string beside = (self.parent_path() / kProgram).string();
  words.insert(words.begin(), kProgram);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  ::execv(beside.c_str(), arguments.data());
  if (errno == ENOENT) ::execvp(kProgram, arguments.data());
  if (errno != ENOENT) fail("line", "'{}': {}", kProgram, std::strerror(errno));
  fail("line",
       "'{}': neither beside paucal-edge nor on PATH; expected the package paucal, which needs "
       "libmodbus5, libmosquitto1, libcurl4 and libyaml-cpp0.7 of Debian",
       kProgram);
}

}  // namespace

void declare_line(CLI::App& app, int&) {
  app.prefix_command();
  app.footer("Its options are those of paucal-line: paucal-line --help");
  app.callback([&app] { become_line(app.remaining()); });
}

}  // namespace paucal::edge_cli
