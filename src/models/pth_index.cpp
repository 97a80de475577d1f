#include "base/error.h"
#include "models/byte_reader.h"
#include "models/pth_tensors.h"

namespace paucal::models {
namespace {

constexpr std::string_view kPickleName = "data.pkl";

using Entries = std::map<std::string, ZipEntry>;

std::string_view text_of(std::span<const uint8_t> bytes, const ZipEntry& entry) {
  return {reinterpret_cast<const char*>(bytes.data()) + entry.begin, entry.size};
}

// All entries lie in one folder, named after the file that was first written.
Entries::const_iterator find_pickle(const Entries& entries, const std::string& origin) {
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) {
    if (!entry->first.ends_with(kPickleName)) continue;
    const size_t folder = entry->first.size() - kPickleName.size();
    if (folder == 0 || entry->first[folder - 1] == '/') return entry;
  }
  fail("pth", "'{}': no entry data.pkl, expected a file written by torch.save", origin);
}

}  // namespace

TensorIndex index_pth(std::span<const uint8_t> bytes, const std::string& origin) {
  if (is_legacy_pth(bytes)) return index_legacy_pth(bytes, origin);
  const Entries entries = read_zip(bytes, origin);
  const auto pickle = find_pickle(entries, origin);
  const std::string folder = pickle->first.substr(0, pickle->first.size() - kPickleName.size());
  if (const auto order = entries.find(folder + "byteorder"); order != entries.end()) {
    const std::string_view text = text_of(bytes, order->second);  // older files have none: little
    if (text != "little")
      fail("pth", "'{}': byte order '{}', expected little", origin, printable(text));
  }
  Storages storages;
  for (const auto& [name, entry] : entries)
    if (name.starts_with(folder + "data/")) storages[name.substr(folder.size() + 5)] = entry;
  const ZipEntry& file = pickle->second;
  return index_pickled({origin,
                        read_pickle(bytes.subspan(file.begin, file.size), origin + ":data.pkl"),
                        std::move(storages), file.size});
}

}  // namespace paucal::models
