// Layout: PKWARE's APPNOTE 6.3, sections 4.3 and 4.5.3.
#include "models/zip.h"

#include <algorithm>
#include <vector>

#include "models/byte_reader.h"

namespace paucal::models {
namespace {

constexpr uint32_t kLocalHeader = 0x04034b50;
constexpr uint32_t kCentralHeader = 0x02014b50;
constexpr uint32_t kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50;
constexpr uint32_t kLocator64 = 0x07064b50;
constexpr uint64_t kEndSize = 22;
constexpr uint64_t kLocator64Size = 20;
constexpr uint64_t kMaxComment = 0xffff;
constexpr uint32_t kIn64 = 0xffffffff;  // the true value is in the zip64 field
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kDeflated = 8;

struct Directory {
  uint64_t begin = 0;
  uint64_t entries = 0;
};

struct CentralEntry {
  std::string name;
  ZipEntry entry;       // but for its begin
  uint64_t header = 0;  // byte of the local header
};

void expect(ByteReader& reader, uint32_t signature, std::string_view what) {
  const auto found = reader.number<uint32_t>();
  if (found != signature)
    reader.fail_here("signature {:08x}, expected {:08x} ({})", found, signature, what);
}

// The end record is the last thing in the file, but for a comment.
uint64_t find_end(const ByteReader& reader) {
  const uint64_t size = reader.bytes().size();
  if (size < kEndSize) reader.fail_here("{} bytes, too few for a zip archive", size);
  const uint64_t last = size - kEndSize;
  const uint64_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (uint64_t at = last + 1; at-- > first;) {
    uint32_t signature = 0;
    std::memcpy(&signature, reader.bytes().data() + at, sizeof(signature));
    if (signature == kEnd) return at;
  }
  reader.fail_here("no end of a zip archive: the file is cut off");
}

Directory find_directory(ByteReader& reader) {
  const uint64_t end = find_end(reader);
  reader.seek(end + 10);
  Directory directory;
  directory.entries = reader.number<uint16_t>();
  reader.number<uint32_t>();  // size of the directory
  directory.begin = reader.number<uint32_t>();
  if (end < kLocator64Size) return directory;

  reader.seek(end - kLocator64Size);
  if (reader.number<uint32_t>() != kLocator64) return directory;
  reader.number<uint32_t>();  // disk
  reader.seek(reader.number<uint64_t>());
  expect(reader, kEnd64, "zip64 end");
  reader.take(28);  // size of the record, versions, disks, entries on this disk
  directory.entries = reader.number<uint64_t>();
  reader.number<uint64_t>();  // size of the directory
  directory.begin = reader.number<uint64_t>();
  return directory;
}

// The zip64 field holds, in this order, those values that did not fit.
void read_extra(ByteReader extra, CentralEntry& central) {
  while (extra.left() >= 4) {
    const auto id = extra.number<uint16_t>();
    const auto size = extra.number<uint16_t>();
    const uint64_t end = extra.position() + std::min<uint64_t>(size, extra.left());
    if (id == kZip64Field) {
      ZipEntry& entry = central.entry;
      if (entry.size == kIn64) entry.size = extra.number<uint64_t>();
      if (entry.packed == kIn64) entry.packed = extra.number<uint64_t>();
      if (central.header == kIn64) central.header = extra.number<uint64_t>();
      return;
    }
    extra.seek(end);
  }
}

CentralEntry read_central(ByteReader& reader, const std::string& origin, ZipMethods methods) {
  expect(reader, kCentralHeader, "directory entry");
  reader.take(4);  // versions
  const auto flags = reader.number<uint16_t>();
  const auto method = reader.number<uint16_t>();
  reader.take(4);  // time, date
  CentralEntry central;
  ZipEntry& entry = central.entry;
  entry.crc = reader.number<uint32_t>();
  entry.packed = reader.number<uint32_t>();
  entry.size = reader.number<uint32_t>();
  entry.deflated = method == kDeflated;
  const auto name_size = reader.number<uint16_t>();
  const auto extra_size = reader.number<uint16_t>();
  const auto comment_size = reader.number<uint16_t>();
  reader.take(8);  // disk, attributes
  central.header = reader.number<uint32_t>();
  central.name = reader.text(name_size);
  const std::string& name = central.name;
  if (!is_plain_name(name)) reader.fail_here("entry '{}': bad name", printable(name));
  read_extra(ByteReader("pth", origin, reader.take(extra_size)), central);
  reader.take(comment_size);
  if ((flags & 1) != 0) reader.fail_here("entry '{}' is encrypted", name);
  const bool stored = method == 0 && entry.packed == entry.size;
  if (!stored && methods == ZipMethods::kStored)
    reader.fail_here("entry '{}' is compressed (method {}), expected stored", name, method);
  if (!stored && method != kDeflated)
    reader.fail_here("entry '{}' is compressed by method {}, expected stored or deflated", name,
                     method);
  return central;
}

ZipEntry locate(ByteReader& reader, const CentralEntry& central) {
  reader.seek(central.header);
  expect(reader, kLocalHeader, "entry");
  reader.take(22);  // as in the directory
  const auto name_size = reader.number<uint16_t>();
  const auto extra_size = reader.number<uint16_t>();
  reader.take(name_size);
  reader.take(extra_size);
  ZipEntry entry = central.entry;
  entry.begin = reader.position();
  reader.take(entry.packed);
  return entry;
}

void check_apart(const ByteReader& reader, const std::map<std::string, ZipEntry>& entries) {
  std::vector<ZipEntry> sorted;
  for (const auto& [name, entry] : entries) sorted.push_back(entry);
  std::sort(sorted.begin(), sorted.end(), [](const ZipEntry& a, const ZipEntry& b) {
    return std::tie(a.begin, a.packed) < std::tie(b.begin, b.packed);
  });
  for (size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].begin < sorted[i - 1].begin + sorted[i - 1].packed)
      reader.fail_here("entries overlap at byte {}", sorted[i].begin);
}

}  // namespace

std::map<std::string, ZipEntry> read_zip(std::span<const uint8_t> bytes, const std::string& origin,
                                         ZipMethods methods) {
  ByteReader reader("pth", origin, bytes);
  const Directory directory = find_directory(reader);
  std::map<std::string, ZipEntry> entries;
  uint64_t at = directory.begin;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    reader.seek(at);
    const CentralEntry central = read_central(reader, origin, methods);
    at = reader.position();
    if (!entries.emplace(central.name, locate(reader, central)).second)
      reader.fail_here("entry '{}' is there twice", central.name);
  }
  check_apart(reader, entries);
  return entries;
}

}  // namespace paucal::models
