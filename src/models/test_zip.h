#pragma once
// For tests: archives with compressed entries, as wheels have them.

#include <zlib.h>

#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace paucal::models::test {

inline Bytes deflated(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  Bytes packed(deflateBound(&stream, text.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = packed.data();
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

// Names and texts; all of them deflated.
inline Bytes deflated_zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  Bytes zip, directory;
  const auto number = [](Bytes& to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; ++i) to.push_back(static_cast<uint8_t>(value >> (8 * i)));
  };
  const auto text = [](Bytes& to, const std::string& value) {
    to.insert(to.end(), value.begin(), value.end());
  };
  for (const auto& [name, data] : entries) {
    const Bytes packed = deflated(data);
    Bytes common;
    number(common, 20, 2);  // version
    number(common, 0, 2);   // flags
    number(common, 8, 2);   // deflated
    number(common, 0, 4);   // time, date
    number(common,
           crc32(0, reinterpret_cast<const Bytef*>(data.data()), static_cast<uInt>(data.size())),
           4);
    number(common, packed.size(), 4);
    number(common, data.size(), 4);
    number(common, name.size(), 2);
    number(common, 0, 2);  // extra field
    text(directory, "PK\1\2");
    number(directory, 20, 2);
    directory.insert(directory.end(), common.begin(), common.end());
    number(directory, 0, 10);  // comment, disk, attributes
    number(directory, zip.size(), 4);
    text(directory, name);
    text(zip, "PK\3\4");
    zip.insert(zip.end(), common.begin(), common.end());
    text(zip, name);
    zip.insert(zip.end(), packed.begin(), packed.end());
  }
  const size_t begin = zip.size();
  zip.insert(zip.end(), directory.begin(), directory.end());
  text(zip, "PK\5\6");
  number(zip, 0, 4);
  number(zip, entries.size(), 2);
  number(zip, entries.size(), 2);
  number(zip, directory.size(), 4);
  number(zip, begin, 4);
  number(zip, 0, 2);
  return zip;
}

}  // namespace paucal::models::test
