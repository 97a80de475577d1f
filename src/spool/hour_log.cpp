#include "spool/hour_log.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace paucal::spool {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kEnding = ".jsonl";

Failure log_failure(const fs::path& path, const char* what) {
  return failure("spool", "'{}': {}", path.string(), what);
}

// As open(2) does it; -1 where there is no such file, device or memory.
int open_log(const fs::path& path, int flags) {
  return ::open(path.c_str(), flags | O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                0640);
}

// The place behind the last line feed; -1 where the file cannot be read.
off_t end_of_lines(int file, off_t size) {
  char block[4096];
  for (off_t end = size; end > 0;) {
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(sizeof block));
    const ssize_t n = ::pread(file, block, static_cast<size_t>(end - begin), begin);
    if (n != end - begin) return -1;
    const std::string_view text(block, static_cast<size_t>(n));
    if (const size_t at = text.rfind('\n'); at != text.npos)
      return begin + static_cast<off_t>(at) + 1;
    end = begin;
  }
  return 0;
}

// False, with errno, where half a line stays.
bool cut_half_line(int file) {
  struct stat info {};
  if (::fstat(file, &info) != 0) return false;
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return false;
  }
  const off_t end = end_of_lines(file, info.st_size);
  return end >= 0 && (end == info.st_size || ::ftruncate(file, end) == 0);
}

// In their order, which is that of time.
std::vector<fs::path> hour_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error))
    if (const fs::path& path = entry->path();
        path.extension() == kEnding && is_hour_name(path.stem().string()))
      files.push_back(path);
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::optional<Failure> HourLog::open(const std::string& hour) {
  file_.reset();
  path_ = folder_ / (hour + std::string(kEnding));
  int file = open_log(path_, O_CREAT);
  if (file < 0 && errno == ENOENT) {
    std::error_code ignored;
    fs::create_directories(folder_, ignored);
    file = open_log(path_, O_CREAT);
  }
  file_.emplace(file);
  if (!file_->ok() || !cut_half_line(file)) {
    const Failure failed = log_failure(path_, std::strerror(errno));
    file_.reset();
    return failed;
  }
  hour_ = hour;
  return {};
}

std::optional<Failure> HourLog::append(Time at, std::string_view line) {
  struct stat info {};
  const std::string hour = hour_name(at);
  // A file that somebody removed takes lines too, and nobody would ever see them.
  if (!file_ || hour != hour_ || ::fstat(file_->get(), &info) != 0 || info.st_nlink == 0) {
    if (auto failed = open(hour)) return failed;
    if (::fstat(file_->get(), &info) != 0) return log_failure(path_, std::strerror(errno));
  }
  ssize_t written = -1;
  do written = ::write(file_->get(), line.data(), line.size());
  while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return {};
  const Failure failed =
      log_failure(path_, written < 0 ? std::strerror(errno) : "the disk is full");
  // Where it cannot be cut now, open() does it before the next line.
  if (written > 0 && ::ftruncate(file_->get(), info.st_size) != 0) file_.reset();
  return failed;
}

void cut_half_lines(const fs::path& folder) {
  for (const fs::path& path : hour_files(folder))
    if (const Descriptor file(open_log(path, 0)); file.ok()) (void)cut_half_line(file.get());
}

void remove_hours_before(const fs::path& folder, Time first, int most) {
  const std::string name = hour_name(first);
  for (const fs::path& path : hour_files(folder)) {
    if (path.stem().string() >= name || most-- == 0) return;
    std::error_code ignored;
    fs::remove(path, ignored);
  }
}

}  // namespace paucal::spool
