#include "base/file_access.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/system.h"

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
// not write into each other's; short, so that it fits wherever the name of the file itself does.
fs::path temporary_name() {
  static std::atomic<uint64_t> number{0};
  return fmt::format(".p{}.{}", system::process_number(), number.fetch_add(1));
}

// The file that a link leads to, so that the link stays one.
fs::path behind_links(fs::path path) {
  constexpr int kMostLinks = 40;
  std::error_code error;
  for (int links = 0; fs::is_symlink(path, error); ++links) {
    if (links == kMostLinks) fail(kPlace, "'{}': too many links", path.string());
    path = folder_of(path) / fs::read_symlink(path);
  }
  return path;
}

// The mode of the file that is replaced. Throws Error where it is none that can be.
unsigned mode_of(const fs::path& path) {
  system::FileInfo info;
  if (!system::info_of(path, info)) return 0;
  if (info.kind != system::FileKind::kRegular)
    fail(kPlace, "'{}': {}, expected a regular file or none", path.string(),
         info.kind == system::FileKind::kFolder ? "a folder" : "a device, pipe or socket");
  return info.mode;
}

Descriptor open_beside(const fs::path& path, const fs::path& temporary) {
  const unsigned mode = mode_of(path);
  Descriptor file(system::open_emptied(temporary));
  if (!file.ok()) fail(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  // It may not be ours to change: then the mode is that of a new file.
  if (mode != 0) system::set_mode(file.get(), mode);
  return file;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) system::close(fd_);
}

Result<InputFile> InputFile::open(const fs::path& path) {
  Descriptor file(system::open_for_reading(path));
  system::FileInfo info;
  if (!file.ok() || !system::info_of(file.get(), info))
    return failure(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  if (info.kind != system::FileKind::kRegular)
    return failure(kPlace, "'{}': not a regular file", path.string());
  return InputFile(path, std::move(file), info.size);
}

Result<std::vector<uint8_t>> InputFile::read(uint64_t offset, uint64_t size) const {
  // No more than there is, so that a wrong size takes no memory.
  std::vector<uint8_t> data(offset < size_ ? std::min(size, size_ - offset) : 0);
  size_t done = 0;
  while (done < data.size()) {
    const int64_t n =
        system::read_at(file_.get(), data.data() + done, data.size() - done, offset + done);
    if (n < 0) return failure(kPlace, "'{}': {}", path_.string(), std::strerror(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  return data;
}

AtomicFile::AtomicFile(const fs::path& path)
    : path_(behind_links(path)),
      folder_(folder_of(path_)),
      temporary_(folder_ / temporary_name()),
      file_(open_beside(path_, temporary_)) {}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) system::remove_file(temporary_);
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
    const int64_t n = system::write(file_.get(), data.data(), data.size());
    if (n < 0) fail(kPlace, "'{}': write failed: {}", path_.string(), std::strerror(errno));
    data = data.subspan(static_cast<size_t>(n));
  }
}

void AtomicFile::overwrite(uint64_t offset, std::span<const uint8_t> data) {
  flush();
  const int64_t n = system::write_at(file_.get(), data.data(), data.size(), offset);
  if (n != static_cast<int64_t>(data.size()))
    fail(kPlace, "'{}': write failed: {}", path_.string(),
         n < 0 ? std::strerror(errno) : "the disk is full");
}

void AtomicFile::commit() {
  flush();
  if (!system::to_disk(file_.get()))
    fail(kPlace, "'{}': fsync failed: {}", path_.string(), std::strerror(errno));
  if (!system::replace_file(temporary_, path_))
    fail(kPlace, "'{}': rename failed: {}", path_.string(), std::strerror(errno));
  temporary_.clear();
  system::folder_to_disk(folder_);
}

void release_mapped(std::span<const std::byte> mapped) {
  system::forget_pages(mapped.data(), mapped.size());
}

}  // namespace paucal
