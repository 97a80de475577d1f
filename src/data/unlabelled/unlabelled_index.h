#pragma once
// Millions of images without labels, listed in one file that is mapped, not read: opening it takes
// the same time and memory for any number of them. Little-endian:
//
//   0   "\x89PAUIDX\n", u32 version, u32 number of sources
//   16  u64 images, u64 bytes of the names, u64 bytes of the source table
//   40  u32 CRC-32C of the 40 bytes before and of the source table, u32 0
//   48  entries, 24 bytes each: u64 name, u64 offset, u32 size, u32 source
//   …   for each entry its name and its class (often none), each ended by a NUL
//   …   source table: the root, then each source: i64 mtime, u64 size, u32 kind, path;
//       texts are u32 bytes and the bytes
//
// An index is hostile: header and sources are checked when it is opened, an entry when it is used,
// and no file outside the root is ever opened.

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_access.h"
#include "base/files.h"
#include "base/shared_bytes.h"

namespace paucal::data {

// A file or folder that an index was made from.
struct UnlabelledSource {
  enum Kind : uint32_t {
    kFolder,    // of images, a file each
    kPack,      // a file that holds many images: a tar archive, or images end to end
    kManifest,  // a list; no entry names it
  };
  std::string path;  // relative to the root; "." is the root
  Kind kind = kFolder;
  // Of the time when it was listed. mtime in ns; 0: its changes do not matter.
  int64_t mtime = 0;
  uint64_t size = 0;
};

class UnlabelledIndex {
 public:
  static constexpr std::string_view kMagic = "\x89PAUIDX\n";
  static constexpr uint64_t kMaxImageBytes = 256 << 20;
  static constexpr size_t kMaxNameBytes = 4096;  // with its NUL

  // Throws Error where it is no sound index.
  static UnlabelledIndex open(const std::filesystem::path& path);
  // The same, of bytes in memory; `origin` names them in messages.
  UnlabelledIndex(SharedBytes file, const std::filesystem::path& origin);

  int64_t size() const { return size_; }

  // All of these are thread-safe, and throw Error that names the entry where it is damaged.
  std::string name(int64_t i) const;  // "part1/a.jpg", "shard.tar:a.jpg", "images.bin:40960"
  Bytes read(int64_t i) const;        // the encoded image; at most kMaxImageBytes
  // What the manifest calls it, else the first folder of its name in an archive, else of its path;
  // "" where there is none. Nobody vouches for it: it is for audits.
  std::string class_name(int64_t i) const;

  // Of the header and the sources: changes where stale() would speak.
  std::string fingerprint() const;

  // What the index lists: a folder, a manifest, an archive.
  std::filesystem::path source() const;
  // Why the index must be made anew: "'…/part1': changed since it was listed". "" where nothing
  // changed. Notes files that came or went, and new packs, but not images rewritten in place.
  std::string stale() const;

 private:
  struct Entry {
    uint64_t name, offset;
    uint32_t size, source;
  };
  friend class UnlabelledIndexWriter;
  Entry entry(int64_t i) const;
  std::string_view text(uint64_t at, int64_t i) const;
  std::string name_of(const Entry& entry, int64_t i) const;
  void release_some(uint64_t offset) const;

  SharedBytes file_;
  std::filesystem::path origin_, root_;
  std::vector<UnlabelledSource> sources_;
  int64_t size_ = 0;
  std::span<const std::byte> entries_, names_;

  // Touched pages count as this process's memory, so they are let go of now and then.
  struct Touched {
    std::atomic<uint64_t> window{~uint64_t{0}}, count{0};
  };
  std::unique_ptr<Touched> touched_;  // null: not mapped
};

// Writes an index entry by entry; memory holds the sources alone.
class UnlabelledIndexWriter {
 public:
  static constexpr size_t kMaxSources = size_t{1} << 20;

  UnlabelledIndexWriter(const std::filesystem::path& path, const std::filesystem::path& root);

  // Their numbers count from 0. The first is what was listed: a manifest, an archive, ".".
  uint32_t add_source(UnlabelledSource source);
  // 1 ≤ size ≤ kMaxImageBytes; name and class are shorter than kMaxNameBytes and have no NUL.
  void add(uint32_t source, std::string_view name, uint64_t offset, uint64_t size,
           std::string_view class_name = "");
  int64_t size() const { return size_; }
  void commit();  // until then `path` is as it was

 private:
  AtomicFile file_, names_;
  std::string source_table_;
  uint32_t sources_ = 0;
  int64_t size_ = 0;
  uint64_t name_bytes_ = 0;
};

// As it is now: mtime and size, 0 where there is no such file.
UnlabelledSource stamped(const std::filesystem::path& root, std::string path,
                         UnlabelledSource::Kind kind);

// Whether the path leads to nothing above its root: relative, no "..", no NUL.
bool stays_below(std::string_view path);

}  // namespace paucal::data
