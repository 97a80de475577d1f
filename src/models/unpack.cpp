// Deflate (RFC 1951), by zlib.
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "base/error.h"
#include "models/zip.h"

namespace paucal::models {
namespace {

// Deflate's best: a file cannot claim more for its bytes.
constexpr uint64_t kMostRatio = 1032;

uint64_t inflate_into(std::span<const uint8_t> packed, Bytes& data) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return 0;
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, inflateEnd);
  constexpr uint64_t kMostAtOnce = std::numeric_limits<uInt>::max();
  uint64_t read = 0, written = 0;
  int code = Z_OK;
  while (code == Z_OK) {
    const uint64_t in = std::min(packed.size() - read, kMostAtOnce);
    const uint64_t out = std::min(data.size() - written, kMostAtOnce);
    stream.next_in = const_cast<uint8_t*>(packed.data() + read);  // zlib only reads it
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = data.data() + written;
    stream.avail_out = static_cast<uInt>(out);
    code = ::inflate(&stream, Z_NO_FLUSH);
    read += in - stream.avail_in;
    written += out - stream.avail_out;
  }
  return code == Z_STREAM_END ? written : 0;
}

uint32_t crc_of(const Bytes& data) {
  return static_cast<uint32_t>(crc32_z(0, data.data(), data.size()));
}

}  // namespace

Bytes unpack(std::span<const uint8_t> bytes, const ZipEntry& entry, const std::string& origin) {
  const auto packed = bytes.subspan(entry.begin, entry.packed);
  if (entry.size > entry.packed && (entry.size - 1) / kMostRatio > entry.packed)
    fail("zip", "'{}': byte {}: {} bytes from {}, more than deflate can", origin, entry.begin,
         entry.size, entry.packed);
  Bytes data;
  if (entry.deflated) {
    data.resize(entry.size);
    const uint64_t size = inflate_into(packed, data);
    if (size != entry.size)
      fail("zip", "'{}': byte {}: broken compressed data, expected {} bytes", origin, entry.begin,
           entry.size);
  } else {
    data.assign(packed.begin(), packed.end());
  }
  if (crc_of(data) != entry.crc)
    fail("zip", "'{}': byte {}: CRC {:08x}, expected {:08x}", origin, entry.begin, crc_of(data),
         entry.crc);
  return data;
}

}  // namespace paucal::models
