#pragma once
// The directory of a zip archive: what torch.save writes, whose entries are stored, and others,
// such as wheels, whose entries may be compressed.

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/files.h"

namespace paucal::models {

struct ZipEntry {
  uint64_t begin = 0;   // first byte of the data in the file
  uint64_t size = 0;    // of the data, unpacked
  uint64_t packed = 0;  // bytes in the file
  bool deflated = false;
  uint32_t crc = 0;  // of the data, unpacked; not checked by read_zip()
};

enum class ZipMethods { kStored, kDeflatedToo };

// Entries by name; zip and zip64. All lie within the file and none overlaps another. Throws Error
// with `origin` and the byte: broken, encrypted, or compressed by another method.
std::map<std::string, ZipEntry> read_zip(std::span<const uint8_t> bytes, const std::string& origin,
                                         ZipMethods methods = ZipMethods::kStored);

// The data of an entry of these bytes, its size and CRC checked. Takes memory in proportion to the
// file. Throws Error with `origin`.
Bytes unpack(std::span<const uint8_t> bytes, const ZipEntry& entry, const std::string& origin);

}  // namespace paucal::models
