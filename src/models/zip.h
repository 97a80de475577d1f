#pragma once
// The directory of a zip archive whose entries are stored, not compressed: what torch.save writes.

#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace paucal::models {

struct ZipEntry {
  uint64_t begin = 0;  // first byte of the data in the file
  uint64_t size = 0;
};

// Entries by name; zip and zip64. All lie within the file and none overlaps another. Throws Error
// with `origin` and the byte: broken, compressed or encrypted.
std::map<std::string, ZipEntry> read_zip(std::span<const uint8_t> bytes, const std::string& origin);

}  // namespace paucal::models
