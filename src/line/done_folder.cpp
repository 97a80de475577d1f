#include "line/done_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace paucal::line {
namespace fs = std::filesystem;
namespace {

constexpr int kMostNames = 10'000;

fs::path numbered(const fs::path& path, int number) {
  if (number == 0) return path;
  return path.parent_path() /
         fmt::format("{}-{}{}", path.stem().string(), number, path.extension().string());
}

// 0, or errno: EEXIST where the name is taken. Drives without RENAME_NOREPLACE know hard links, or
// neither; then the name is looked up first.
int rename_new(const fs::path& from, const fs::path& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  if (::link(from.c_str(), to.c_str()) == 0) return ::unlink(from.c_str()) == 0 ? 0 : errno;
  if (errno == EEXIST || errno == EXDEV) return errno;
  if (::access(to.c_str(), F_OK) == 0) return EEXIST;
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

// To a hidden name beside `to` first, so that nobody sees half a file.
int copy_new(const fs::path& from, const fs::path& to) {
  const fs::path hidden = to.parent_path() / ("." + to.filename().string() + ".tmp");
  std::error_code error;
  fs::copy_file(from, hidden, fs::copy_options::overwrite_existing, error);
  int code = error ? error.value() : rename_new(hidden, to);
  if (code != 0) fs::remove(hidden, error);
  if (code == 0 && ::unlink(from.c_str()) != 0) code = errno;
  return code;
}

}  // namespace

std::optional<Failure> move_done(const fs::path& from, const std::string& path,
                                 const fs::path& to) {
  const fs::path source = from / path, target = to / path;
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  int code = error ? error.value() : EEXIST;
  for (int number = 0; code == EEXIST && number < kMostNames; ++number) {
    code = rename_new(source, numbered(target, number));
    if (code == EXDEV) code = copy_new(source, numbered(target, number));
  }
  if (code == 0) return std::nullopt;
  return failure("line", "'{}': not moved to '{}': {}", source.string(), target.string(),
                 std::strerror(code));
}

}  // namespace paucal::line
