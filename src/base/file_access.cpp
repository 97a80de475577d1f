#include "base/file_access.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace paucal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPlace = "files";
constexpr size_t kBufferBytes = size_t{1} << 18;

fs::path folder_of(const fs::path& path) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(kPlace, "'{}': folder cannot be made: {}", folder.string(), error.message());
  return folder;
}

// Hidden, so that what a power cut leaves is no file of a data set; numbered, so that threads do
// not write into each other's.
fs::path temporary_name(const fs::path& path) {
  static std::atomic<uint64_t> number{0};
  return fmt::format(".{}.tmp{}.{}", path.filename().string(), ::getpid(), number.fetch_add(1));
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

Result<InputFile> InputFile::open(const fs::path& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat info {};
  if (!file.ok() || ::fstat(file.get(), &info) != 0)
    return failure(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return failure(kPlace, "'{}': not a regular file", path.string());
  return InputFile(path, std::move(file), static_cast<uint64_t>(info.st_size));
}

Result<std::vector<uint8_t>> InputFile::read(uint64_t offset, uint64_t size) const {
  // No more than there is, so that a wrong size takes no memory.
  std::vector<uint8_t> data(offset < size_ ? std::min(size, size_ - offset) : 0);
  size_t done = 0;
  while (done < data.size()) {
    const ssize_t n = ::pread(file_.get(), data.data() + done, data.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(kPlace, "'{}': {}", path_.string(), std::strerror(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  return data;
}

AtomicFile::AtomicFile(const fs::path& path)
    : path_(path),
      folder_(folder_of(path)),
      temporary_(folder_ / temporary_name(path)),
      file_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
  if (!file_.ok()) fail(kPlace, "'{}': {}", temporary_.string(), std::strerror(errno));
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::append(std::span<const uint8_t> data) {
  if (buffer_.size() + data.size() > kBufferBytes) flush();
  if (data.size() > kBufferBytes) return write(data);
  buffer_.insert(buffer_.end(), data.begin(), data.end());
}

void AtomicFile::flush() {
  write(buffer_);
  buffer_.clear();
}

void AtomicFile::write(std::span<const uint8_t> data) {
  while (!data.empty()) {
    const ssize_t n = ::write(file_.get(), data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(kPlace, "'{}': write failed: {}", path_.string(), std::strerror(errno));
    data = data.subspan(static_cast<size_t>(n));
  }
}

void AtomicFile::overwrite(uint64_t offset, std::span<const uint8_t> data) {
  flush();
  const ssize_t n = ::pwrite(file_.get(), data.data(), data.size(), static_cast<off_t>(offset));
  if (n != static_cast<ssize_t>(data.size()))
    fail(kPlace, "'{}': write failed: {}", path_.string(),
         n < 0 ? std::strerror(errno) : "the disk is full");
}

void AtomicFile::commit() {
  flush();
  if (::fsync(file_.get()) != 0)
    fail(kPlace, "'{}': fsync failed: {}", temporary_.string(), std::strerror(errno));
  if (::rename(temporary_.c_str(), path_.c_str()) != 0)
    fail(kPlace, "'{}': rename failed: {}", path_.string(), std::strerror(errno));
  temporary_.clear();
  const Descriptor directory(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.ok()) ::fsync(directory.get());
}

void release_mapped(std::span<const std::byte> mapped) {
  ::madvise(const_cast<std::byte*>(mapped.data()), mapped.size(), MADV_DONTNEED);
}

}  // namespace paucal
