#include "data/files/tar.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/error.h"

namespace paucal::data {
namespace {

constexpr uint64_t kTarBlock = 512;
constexpr std::string_view kTarPlace = "tar";

// A field of a header, up to its first NUL.
std::string_view field(std::string_view header, size_t offset, size_t size) {
  const std::string_view text = header.substr(offset, size);
  return text.substr(0, text.find('\0'));
}

// Octal digits between spaces, or (GNU) a big-endian number whose first bit is set.
std::optional<uint64_t> number(std::string_view header, size_t offset, size_t size) {
  const std::string_view raw = header.substr(offset, size);
  uint64_t value = 0;
  if (static_cast<uint8_t>(raw[0]) & 0x80) {
    for (size_t i = 0; i < raw.size(); ++i) {
      if (value >> 55) return std::nullopt;  // no archive has 2⁶³ bytes
      value = value << 8 | (static_cast<uint8_t>(raw[i]) & (i == 0 ? 0x7F : 0xFF));
    }
    return value;
  }
  const std::string_view text = trim(field(header, offset, size));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 8);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return text.empty() ? std::optional<uint64_t>(0) : all ? std::optional(value) : std::nullopt;
}

constexpr size_t kName = 0, kTarSize = 124, kChecksum = 148, kType = 156, kMagic = 257,
                 kPrefix = 345;

bool checksum_matches(std::string_view header) {
  uint64_t sum = 8 * ' ';  // its own field counts as spaces
  for (size_t i = 0; i < header.size(); ++i)
    if (i < kChecksum || i >= kChecksum + 8) sum += static_cast<uint8_t>(header[i]);
  return number(header, kChecksum, 8) == sum;
}

std::string name_of(std::string_view header) {
  const std::string name(field(header, kName, 100));
  // GNU's own magic is "ustar ", and there the prefix is used for other things.
  const bool posix = header.substr(kMagic, 6) == std::string_view("ustar\0", 6);
  const std::string_view prefix = posix ? field(header, kPrefix, 155) : "";
  return prefix.empty() ? name : fmt::format("{}/{}", prefix, name);
}

// What stands before a file and changes its header.
struct Overrides {
  std::optional<std::string> name;
  std::optional<uint64_t> size;
  bool sparse = false;
};

// "27 path=images/a long name\n" …: the length counts the whole record. False where that fails.
bool read_pax(std::string_view text, Overrides& overrides) {
  while (!text.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    const auto begin = static_cast<size_t>(end - text.data()) + 1;
    if (error != std::errc() || length > text.size() || begin >= length || text[begin - 1] != ' ' ||
        text[length - 1] != '\n')
      return false;
    const std::string_view record = text.substr(begin, length - begin - 1);
    const size_t equals = record.find('=');
    if (equals == record.npos) return false;
    const std::string_view key = record.substr(0, equals), value = record.substr(equals + 1);
    if (key == "path") overrides.name = value;
    if (key.starts_with("GNU.sparse.")) overrides.sparse = true;
    if (key == "size") {
      uint64_t size = 0;
      const auto digits = std::from_chars(value.data(), value.data() + value.size(), size);
      if (digits.ec != std::errc() || digits.ptr != value.data() + value.size()) return false;
      overrides.size = size;
    }
    text.remove_prefix(length);
  }
  return true;
}

bool has_data(char type) {  // links, devices, folders and pipes are a header alone
  return type < '1' || type > '6';
}

bool is_regular(char type) {
  return type == '0' || type == '\0' || type == '7';
}

}  // namespace

TarReader::TarReader(Read read, uint64_t archive_bytes, std::string origin)
    : read_(std::move(read)), archive_bytes_(archive_bytes), origin_(std::move(origin)) {}

Result<Bytes> TarReader::record(uint64_t size) {
  if (size > kMaxRecordBytes)
    return failure(kTarPlace, "'{}', byte {}: a record of {} bytes, expected at most {}", origin_,
                   at_, size, kMaxRecordBytes);
  return read_(at_, size);
}

Result<std::optional<TarFile>> TarReader::next() {
  Overrides overrides;
  while (at_ < archive_bytes_) {
    const auto wrong = [&](std::string_view what) {
      return failure(kTarPlace, "'{}', byte {}: {}", origin_, at_, what);
    };
    const Result<Bytes> block = read_(at_, kTarBlock);
    if (!block.ok()) return block.failure();
    if (block->size() != kTarBlock) return wrong("the archive ends within a header");
    const std::string_view header(reinterpret_cast<const char*>(block->data()), kTarBlock);
    if (std::ranges::all_of(header, [](char c) { return c == '\0'; })) break;
    if (!checksum_matches(header)) return wrong("no tar header: its checksum does not match");

    const char type = header[kType];
    const bool described = is_regular(type);  // by the records before it
    auto size = number(header, kTarSize, 12);
    if (described && overrides.size) size = overrides.size;
    if (!has_data(type)) size = 0;
    const uint64_t begin = at_ + kTarBlock;
    if (!size || *size > archive_bytes_ - begin)
      return wrong(size ? fmt::format("a file of {} bytes, expected at most the {} that follow",
                                      *size, archive_bytes_ - begin)
                        : "the size is no number");
    if (type == 'S') return wrong("a sparse file, expected ordinary ones: tar without --sparse");

    at_ = begin;
    if (type == 'L' || type == 'x') {
      const Result<Bytes> data = record(*size);
      if (!data.ok()) return data.failure();
      const std::string_view text(reinterpret_cast<const char*>(data->data()), data->size());
      if (type == 'L') {
        overrides.name = text.substr(0, text.find('\0'));
      } else if (!read_pax(text, overrides)) {
        return wrong("damaged pax records, expected 'length key=value'");
      }
    }
    // The last file may lack its padding.
    at_ += std::min((*size + kTarBlock - 1) / kTarBlock * kTarBlock, archive_bytes_ - begin);
    if (described && !overrides.sparse)
      return std::optional(TarFile{overrides.name.value_or(name_of(header)), begin, *size});
    if (type != 'L' && type != 'K' && type != 'x' && type != 'g') overrides = {};
  }
  return std::optional<TarFile>();
}

}  // namespace paucal::data
