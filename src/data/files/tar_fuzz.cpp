// libFuzzer target: any bytes as a tar archive. Checksums of headers are made right first, so that
// mutations get past them. Files lie within the archive, in order, and the reader comes to an end.
#include <algorithm>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "data/files/tar.h"

using namespace paucal;
using namespace paucal::data;

namespace {

constexpr size_t kBlock = 512, kChecksum = 148;

void mend_checksums(Bytes& archive) {
  for (size_t at = 0; at + kBlock <= archive.size(); at += kBlock) {
    const auto block = archive.begin() + static_cast<std::ptrdiff_t>(at);
    if (std::string_view(reinterpret_cast<const char*>(&archive[at]) + 257, 5) != "ustar") continue;
    std::fill_n(block + kChecksum, 8, uint8_t{' '});
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += archive[at + i];
    const std::string text = fmt::format("{:06o}", sum);
    std::copy(text.begin(), text.end(), block + kChecksum);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Bytes archive(data, data + size);
  mend_checksums(archive);
  const auto read = [&](uint64_t offset, uint64_t count) -> Result<Bytes> {
    const uint64_t begin = std::min<uint64_t>(offset, size);
    const uint64_t end = begin + std::min<uint64_t>(count, size - begin);
    return Bytes(archive.begin() + static_cast<std::ptrdiff_t>(begin),
                 archive.begin() + static_cast<std::ptrdiff_t>(end));
  };
  TarReader reader(read, size, "fuzz");
  uint64_t end = 0;
  for (;;) {
    const auto file = reader.next();
    if (!file.ok() || !*file) return 0;
    const TarFile& found = **file;
    if (found.offset < end + kBlock || found.offset + found.size > size) __builtin_trap();
    end = found.offset + found.size;
  }
}
