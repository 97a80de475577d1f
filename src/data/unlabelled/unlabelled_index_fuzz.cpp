// libFuzzer target: any bytes as an index of images. The checksum is made right first. Names are
// all read, files are not.
#include <algorithm>
#include <cstring>

#include "base/crc32c.h"
#include "base/error.h"
#include "data/unlabelled/unlabelled_index.h"

using namespace paucal;
using namespace paucal::data;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kHeaderBytes = 48, kCrcOffset = 40, kTableBytes = 32;
  Bytes file(data, data + size);
  if (size >= kHeaderBytes) {
    uint64_t table = 0;
    std::memcpy(&table, &file[kTableBytes], sizeof table);
    const std::span<const uint8_t> bytes(file);
    const auto last = bytes.last(std::min<uint64_t>(table, size));
    const uint32_t crc = crc32c(last, crc32c(bytes.first(kCrcOffset)));
    std::memcpy(&file[kCrcOffset], &crc, sizeof crc);
  }
  try {
    const UnlabelledIndex index(SharedBytes::copy_of(std::as_bytes(std::span<const uint8_t>(file))),
                                "fuzz");
    for (int64_t i = 0; i < index.size(); ++i) {
      try {
        if ((index.name(i) + index.class_name(i)).find('\0') != std::string::npos) __builtin_trap();
      } catch (const Error&) {
      }
    }
  } catch (const Error&) {
  }
  return 0;
}
