// libFuzzer target: any bytes in the file of an hour. Whole lines stay, half a last one goes before
// anything is written behind it.
#include <cstdlib>
#include <fstream>

#include "base/files.h"
#include "spool/hour_log.h"

using namespace paucal;
using namespace paucal::spool;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

// Of the process, in memory.
struct Folder {
  Folder() {
    char name[] = "/dev/shm/hour_log_fuzz_XXXXXX";
    require(::mkdtemp(name) != nullptr);
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Folder folder;
  const Time at{};
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto path = folder.path / (hour_name(at) + ".jsonl");
  std::ofstream(path, std::ios::binary) << bytes;
  if (size % 2) cut_half_lines(folder.path);
  HourLog log(folder.path);
  require(!log.append(at, "{}\n") && !log.append(at, "[]\n"));
  const std::string expected =
      std::string(bytes.substr(0, bytes.rfind('\n') + 1)) + "{}\n[]\n";  // npos + 1: nothing
  const auto found = read_file(path, expected.size());
  require(found.ok() && std::string(found->begin(), found->end()) == expected);
  return 0;
}
