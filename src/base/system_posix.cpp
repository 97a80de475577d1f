#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/system.h"

namespace paucal::system {
namespace fs = std::filesystem;
namespace {

void fill(const struct stat& status, FileInfo& info) {
  info.kind = S_ISREG(status.st_mode)   ? FileKind::kRegular
              : S_ISDIR(status.st_mode) ? FileKind::kFolder
                                        : FileKind::kOther;
  info.size = static_cast<uint64_t>(status.st_size);
  info.mode = status.st_mode & 07777;
}

// Again after a signal.
template <class Call>
int64_t uninterrupted(const Call& call) {
  for (;;)
    if (const ssize_t n = call(); n >= 0 || errno != EINTR) return n;
}

}  // namespace

int open_for_reading(const fs::path& path) {
  return ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int open_emptied(const fs::path& path) {
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

void close(int file) {
  ::close(file);
}

bool info_of(int file, FileInfo& info) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return false;
  fill(status, info);
  return true;
}

bool info_of(const fs::path& path, FileInfo& info) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return false;
  fill(status, info);
  return true;
}

void set_mode(int file, unsigned mode) {
  (void)::fchmod(file, mode);
}

int64_t read_at(int file, void* data, size_t size, uint64_t offset) {
  return uninterrupted([&] { return ::pread(file, data, size, static_cast<off_t>(offset)); });
}

int64_t write_at(int file, const void* data, size_t size, uint64_t offset) {
  return uninterrupted([&] { return ::pwrite(file, data, size, static_cast<off_t>(offset)); });
}

int64_t write(int file, const void* data, size_t size) {
  return uninterrupted([&] { return ::write(file, data, size); });
}

bool to_disk(int file) {
  return ::fsync(file) == 0;
}

void folder_to_disk(const fs::path& folder) {
  const int file = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
}

bool replace_file(const fs::path& from, const fs::path& to) {
  return ::rename(from.c_str(), to.c_str()) == 0;
}

void remove_file(const fs::path& path) {
  ::unlink(path.c_str());
}

const void* map_file(int file, size_t size) {
  const void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void unmap_file(const void* memory, size_t size) {
  ::munmap(const_cast<void*>(memory), size);
}

void forget_pages(const void* memory, size_t size) {
  ::madvise(const_cast<void*>(memory), size, MADV_DONTNEED);
}

void* take_pages(size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void give_back_pages(void* memory, size_t size) {
  ::munmap(memory, size);
}

void prefer_huge_pages([[maybe_unused]] void* memory, [[maybe_unused]] size_t size) {
#ifdef MADV_HUGEPAGE
  (void)::madvise(memory, size, MADV_HUGEPAGE);
#endif
}

void begin_program(int&, char**&) {}

int process_number() {
  return ::getpid();
}

int64_t peak_memory_bytes() {
  struct rusage usage {};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * int64_t{1024};  // Linux counts KiB
}

}  // namespace paucal::system
