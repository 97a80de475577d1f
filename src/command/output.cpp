#include "command/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "base/error.h"

namespace paucal::command {
namespace {

[[noreturn]] void fail_output(int error) {
  fail("cli", "standard output: {}", error != 0 ? std::strerror(error) : "it cannot be written");
}

}  // namespace

void print(std::string_view text) {
  errno = 0;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_output(errno);
}

void flush_output() {
  errno = 0;
  std::cout.flush();
  // An earlier write that failed has left its mark, though nothing is left to flush.
  if (std::fflush(stdout) != 0 || std::ferror(stdout) || !std::cout) fail_output(errno);
}

}  // namespace paucal::command
