#pragma once
// Files that are read in parts, or written bit by bit: those of which memory holds only a piece.
// Whole files: base/files.h.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "base/result.h"

namespace paucal {

// A POSIX descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

// A regular file, open for reading. Thread-safe.
class InputFile {
 public:
  static Result<InputFile> open(const std::filesystem::path& path);
  uint64_t size() const { return size_; }  // when it was opened

  // `size` bytes from `offset`; fewer only where the file ends.
  Result<std::vector<uint8_t>> read(uint64_t offset, uint64_t size) const;

 private:
  InputFile(std::filesystem::path path, Descriptor file, uint64_t size)
      : path_(std::move(path)), file_(std::move(file)), size_(size) {}

  std::filesystem::path path_;
  Descriptor file_;
  uint64_t size_;
};

// A hidden temporary file beside `path`, which takes its place at commit() and goes away without
// it: a reader sees the old file or the new one, never a half, also after a power cut. Makes
// missing folders. Of a link the file behind it is written; the mode of a file that is there stays.
// Throws Error, also where something other than a regular file is there (a device, pipe or socket).
class AtomicFile {
 public:
  explicit AtomicFile(const std::filesystem::path& path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  void append(std::span<const uint8_t> data);
  void overwrite(uint64_t offset, std::span<const uint8_t> data);  // bytes appended before
  void flush();                                                    // before another reads them
  void commit();                                                   // fsync, rename, fsync of folder

  const std::filesystem::path& temporary() const { return temporary_; }

 private:
  void write(std::span<const uint8_t> data);

  std::filesystem::path path_, folder_, temporary_;
  Descriptor file_;
  std::vector<uint8_t> buffer_;
};

// Lets go of the pages of a mapped file; they come back when they are touched.
void release_mapped(std::span<const std::byte> mapped);

}  // namespace paucal
