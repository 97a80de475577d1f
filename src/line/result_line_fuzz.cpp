// libFuzzer target: any bytes as results.jsonl. Whole lines stay, half a last one goes; what was
// read of a line is the same after writing and reading it again.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "line/results_file.h"

using namespace paucal::line;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check(const ResultLine& line) {
  const std::string text = to_text(line);
  require(std::ranges::count(text, '\n') == 1 && text.ends_with('\n'));
  const auto again = parse_result_line(text);
  require(again.ok() && to_text(*again) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto line = parse_result_line(bytes); line.ok()) check(*line);
  if (size % 16 != 0) return 0;  // files are slow
  const int file = ::memfd_create("results", MFD_CLOEXEC);
  require(file >= 0 && ::write(file, data, size) == static_cast<ssize_t>(size));
  const auto results = ResultsFile::open("/proc/self/fd/" + std::to_string(file), check);
  require(results.ok());
  const auto whole = static_cast<off_t>(bytes.rfind('\n') + 1);  // npos + 1: nothing
  require(::lseek(file, 0, SEEK_END) == whole);
  require(!(*results)->append("{}\n") && ::lseek(file, 0, SEEK_END) == whole + 3);
  ::close(file);
  return 0;
}
