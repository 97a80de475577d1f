#include "data/unlabelled/unlabelled_scan.h"

#include <algorithm>

#include "base/error.h"
#include "base/host/log.h"
#include "data/unlabelled/unlabelled_lister.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kUnlabelledScanPlace = "unlabelled";

bool is_index(const fs::path& path) {
  const auto file = InputFile::open(path);
  if (!file.ok()) return false;
  const auto magic = file->read(0, UnlabelledIndex::kMagic.size());
  return magic.ok() && std::ranges::equal(*magic, UnlabelledIndex::kMagic,
                                          [](uint8_t a, char b) { return a == uint8_t(b); });
}

// A folder is itself, a file its folder's canonical path and its name.
fs::path canonical_source(const fs::path& source) {
  std::error_code error;
  const fs::path full = fs::absolute(source);
  const fs::path real = fs::is_directory(full)
                            ? fs::canonical(full, error)
                            : fs::canonical(full.parent_path(), error) / full.filename();
  if (error || !fs::exists(real, error))
    fail(kUnlabelledScanPlace, "'{}': no such file or folder", source.string());
  return real;
}

}  // namespace

UnlabelledReport index_unlabelled(const fs::path& source, const fs::path& index) {
  const fs::path real = canonical_source(source);
  const std::string name = real.filename().string(), ending = lower(real.extension().string());
  const bool is_folder = fs::is_directory(real);
  if (is_folder) {
    const fs::path place = fs::weakly_canonical(fs::absolute(index));
    if (std::ranges::mismatch(real, place).in1 == real.end())
      fail(kUnlabelledScanPlace, "'{}': expected outside of '{}', which would change by it",
           index.string(), source.string());
  } else if (ending != ".tar" && ending != ".csv" && ending != ".jsonl") {
    fail(kUnlabelledScanPlace, "'{}': expected a folder, .tar, .csv, .jsonl or an index of images",
         source.string());
  }
  UnlabelledLister lister(is_folder ? real : real.parent_path(), index);
  if (is_folder)
    lister.folder(".");
  else if (ending == ".tar")
    lister.archive(name);
  else if (ending == ".csv")
    list_csv_manifest(name, lister);
  else
    list_jsonl_manifest(name, lister);
  return lister.finish(source);
}

UnlabelledIndex open_unlabelled(const fs::path& source, const fs::path& index,
                                UnlabelledReport* report) {
  if (is_index(source)) {
    UnlabelledIndex given = UnlabelledIndex::open(source);
    if (const std::string reason = given.stale(); !reason.empty())
      fail(kUnlabelledScanPlace,
           "'{}' is out of date: {}; paucal data index '{}' '{}' makes it anew", source.string(),
           reason, given.source().string(), source.string());
    return given;
  }
  const fs::path real = canonical_source(source);
  if (fs::exists(index)) {
    try {
      UnlabelledIndex found = UnlabelledIndex::open(index);
      const std::string reason = found.source() == real
                                     ? found.stale()
                                     : fmt::format("it lists '{}'", found.source().string());
      if (reason.empty()) return found;
      log::info("'{}' is made anew: {}", index.string(), reason);
    } catch (const Error& error) {
      log::warn("'{}' is made anew: {}", index.string(), error.message());
    }
  }
  UnlabelledReport found = index_unlabelled(source, index);
  if (report) *report = std::move(found);
  return UnlabelledIndex::open(index);
}

}  // namespace paucal::data
