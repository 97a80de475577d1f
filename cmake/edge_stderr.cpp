// Debian's static image decoders are compiled for programs: they reach the C library's `stderr` in
// a way that no shared library can. In libpaucal-edge.so it is a variable of our own that points to
// the same stream (-Wl,--wrap=stderr).
#include <cstdio>

extern "C" {
extern FILE* __real_stderr;
FILE* __wrap_stderr = nullptr;
}

__attribute__((constructor)) static void use_the_same_stream() {
  __wrap_stderr = __real_stderr;
}
