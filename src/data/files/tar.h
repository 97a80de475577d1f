#pragma once
// The files in a tar archive, without unpacking it: where each one's bytes lie.
// ustar (POSIX.1-1988) with GNU long names and pax records (POSIX.1-2001). Archives are hostile:
// every step moves forward, names and records are bounded, and no file reaches beyond the archive.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"

namespace paucal::data {

struct TarFile {
  std::string name;     // as the archive spells it
  uint64_t offset = 0;  // of its first byte in the archive
  uint64_t size = 0;
};

class TarReader {
 public:
  static constexpr uint64_t kMaxRecordBytes = 64 << 10;  // of a long name, or of pax records

  // `read(offset, size)`: bytes of the archive, fewer only where it ends. `origin` names it in
  // messages.
  using Read = std::function<Result<Bytes>(uint64_t offset, uint64_t size)>;
  TarReader(Read read, uint64_t archive_bytes, std::string origin);

  // The next regular file; nothing at the end. Folders, links, devices and sparse files are passed
  // over. After a failure the rest of the archive cannot be read.
  Result<std::optional<TarFile>> next();

 private:
  Result<Bytes> record(uint64_t size);

  Read read_;
  uint64_t archive_bytes_;
  std::string origin_;
  uint64_t at_ = 0;  // of the next header
};

}  // namespace paucal::data
