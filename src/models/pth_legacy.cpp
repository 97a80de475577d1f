#include <algorithm>
#include <cstring>

#include "models/byte_reader.h"
#include "models/pth_tensors.h"

namespace paucal::models {
namespace {

using LegacyKind = PickleValue::Kind;

// Protocol 2, a long of ten bytes, stop: 0x1950a86a20f9469cfc6c.
constexpr std::string_view kLegacyMagic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
constexpr int64_t kLegacyProtocol = 1001;

// The pickles that lie one behind the other.
class PickleRow {
 public:
  explicit PickleRow(ByteReader& reader, const std::string& origin)
      : reader_(reader), origin_(origin) {}

  Pickle next() {
    const auto rest = reader_.bytes().subspan(reader_.position());
    size_ = 0;
    Pickle pickle = read_pickle(rest, origin_, &size_);
    reader_.take(size_);
    return pickle;
  }
  uint64_t size() const { return size_; }  // of the last one, in bytes

 private:
  ByteReader& reader_;
  const std::string& origin_;
  uint64_t size_ = 0;
};

// Big-endian machines wrote big-endian storages.
void check_system(const Pickle& system, const ByteReader& reader) {
  const PickleValue& root = system[system.root];
  for (size_t i = 0; root.kind == LegacyKind::kDict && i + 1 < root.items.size(); i += 2)
    if (system[root.items[i]].text == "little_endian" && system[root.items[i + 1]].integer == 0)
      reader.fail_here("written on a big-endian machine, expected little-endian");
}

// Bytes an element of each storage that the object speaks of.
std::map<std::string_view, int64_t> widths_of(const Pickle& object, const ByteReader& reader) {
  std::map<std::string_view, int64_t> widths;
  for (const PickleValue& value : object.values) {
    if (value.kind != LegacyKind::kStorage) continue;
    const auto dtype = dtype_of_storage(object[value.items[0]].text);
    const std::string_view key = object[value.items[1]].text;
    if (!dtype) continue;  // named by whoever reads a tensor of it
    const auto width = static_cast<int64_t>(item_size(*dtype));
    if (const auto [known, fresh] = widths.emplace(key, width); !fresh && known->second != width)
      reader.fail_here("storage '{}' has elements of two sizes", printable(key));
  }
  return widths;
}

}  // namespace

bool is_legacy_pth(std::span<const uint8_t> bytes) {
  return bytes.size() >= kLegacyMagic.size() &&
         std::memcmp(bytes.data(), kLegacyMagic.data(), kLegacyMagic.size()) == 0;
}

TensorIndex index_legacy_pth(std::span<const uint8_t> bytes, const std::string& origin) {
  ByteReader reader("pth", origin, bytes);
  reader.take(kLegacyMagic.size());
  PickleRow row(reader, origin);
  const Pickle protocol = row.next();
  if (protocol[protocol.root].integer != kLegacyProtocol)
    reader.fail_here("protocol {}, expected {}", protocol[protocol.root].integer, kLegacyProtocol);
  check_system(row.next(), reader);
  PickledFile file{origin, row.next(), {}, row.size()};
  const Pickle keys = row.next();
  const PickleValue& list = keys[keys.root];
  if (list.kind != LegacyKind::kList) reader.fail_here("no list of storages behind the object");
  const auto widths = widths_of(file.pickle, reader);
  for (const PickleId item : list.items) {
    const std::string_view key = keys[item].text;
    const auto width = widths.find(key);
    if (width == widths.end()) reader.fail_here("storage '{}' is of no known type", printable(key));
    const auto count = reader.number<int64_t>();
    int64_t size = 0;
    if (count < 0 || __builtin_mul_overflow(count, width->second, &size))
      reader.fail_here("storage '{}': {} elements", printable(key), count);
    const ZipEntry place{reader.position(), static_cast<uint64_t>(size)};
    reader.take(place.size);
    if (!file.storages.emplace(key, place).second)
      reader.fail_here("storage '{}' is there twice", printable(key));
  }
  return index_pickled(file);
}

}  // namespace paucal::models
