#include "line/results_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace paucal::line {
namespace {

Failure of_system(const std::filesystem::path& path) {
  return failure("results", "'{}': {}", path.string(), std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<ResultsFile>> ResultsFile::open(const std::filesystem::path& path,
                                                       const KnownLine& known) {
  std::error_code ignored;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.ok()) return of_system(path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return failure("results", "'{}': another line writes it, expected a file of its own",
                   path.string());
  std::unique_ptr<ResultsFile> results(new ResultsFile(path, std::move(file)));
  if (auto wrong = results->read(known)) return *wrong;
  return results;
}

std::optional<Failure> ResultsFile::read(const KnownLine& known) {
  std::string text, chunk(1 << 20, '\0');
  uint64_t offset = 0;
  while (true) {
    const ssize_t got =
        ::pread(file_.get(), chunk.data(), chunk.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return of_system(path_);
    if (got == 0) break;
    offset += static_cast<uint64_t>(got);
    text.append(chunk, 0, static_cast<size_t>(got));
    size_t begin = 0;
    for (size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
      auto line = parse_result_line(std::string_view(text).substr(begin, end - begin));
      size_ += end + 1 - begin;
      if (!line.ok()) {
        ++unreadable_;
        continue;
      }
      last_part_ = std::max(last_part_, line->part);
      known(std::move(*line));
    }
    text.erase(0, begin);
  }
  if (offset > size_ && ::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
    return of_system(path_);
  return std::nullopt;
}

std::optional<Failure> ResultsFile::append(std::string_view text) {
  const ssize_t written =
      ::pwrite(file_.get(), text.data(), text.size(), static_cast<off_t>(size_));
  if (written == static_cast<ssize_t>(text.size())) {
    size_ += text.size();
    return std::nullopt;
  }
  if (written >= 0) errno = ENOSPC;
  const Failure wrong = of_system(path_);
  // Half a line must not stay; where it does, the next attempt writes over it.
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));
  return wrong;
}

}  // namespace paucal::line
