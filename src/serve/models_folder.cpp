#include "serve/models_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <tuple>

#include "base/error.h"

namespace paucal::serve {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kEnding = ".paucal";

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// "12" of "12.paucal"; digits alone, without a zero at the front.
std::optional<int> version_of(std::string_view stem) {
  int version = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), version);
  if (error != std::errc() || end != stem.data() + stem.size() || version < 1 || stem[0] == '0' ||
      stem[0] == '+')
    return std::nullopt;
  return version;
}

fs::path golden_of(const fs::path& file) {
  return fs::path(file).replace_extension(".golden");
}

struct FolderEntry {
  fs::path path;
  std::string name;
  bool folder = false;
};

// Visible entries, sorted.
std::vector<FolderEntry> entries_of(const fs::path& folder, std::vector<std::string>& problems) {
  std::vector<FolderEntry> entries;
  std::error_code error;
  fs::directory_iterator at(folder, error), end;
  for (; !error && at != end; at.increment(error)) {
    std::error_code unknown;
    std::string name = at->path().filename().string();
    if (name.starts_with(".")) continue;
    entries.push_back({at->path(), std::move(name), at->is_directory(unknown)});
  }
  if (error) problems.push_back(fmt::format("'{}': {}", folder.string(), error.message()));
  std::ranges::sort(entries, {}, &FolderEntry::name);
  return entries;
}

void find_versions(const FolderEntry& folder, FoundModels& found) {
  for (const FolderEntry& entry : entries_of(folder.path, found.problems)) {
    if (entry.path.extension() != kEnding || entry.folder) continue;
    const auto version = version_of(entry.path.stem().string());
    if (!version)
      found.problems.push_back(
          fmt::format("'{}': expected a version, e.g. 1.paucal", entry.path.string()));
    else if (const auto stamp = stamp_of(entry.path))
      found.models.push_back({folder.name, *version, entry.path, golden_of(entry.path), *stamp});
  }
}

}  // namespace

bool is_model_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && name != "stats" && is_alnum(name[0]) &&
         std::ranges::all_of(
             name, [](char c) { return is_alnum(c) || c == '_' || c == '.' || c == '-'; });
}

std::optional<FileStamp> stamp_of(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileStamp{static_cast<std::uint64_t>(status.st_size),
                   static_cast<std::uint64_t>(status.st_ino),
                   std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec};
}

FoundModels find_models(const fs::path& folder, const std::vector<NamedFile>& files) {
  FoundModels found;
  const auto taken = [&](const std::string& name) {
    return std::ranges::any_of(found.models, [&](const auto& m) { return m.name == name; });
  };
  for (const auto& [name, file] : files)
    if (const auto stamp = stamp_of(file))
      found.models.push_back({name, 1, file, golden_of(file), *stamp});
  const auto named = [&](const std::string& name) {
    return std::ranges::any_of(files, [&](const auto& file) { return file.name == name; });
  };
  if (!folder.empty()) {
    const auto entries = entries_of(folder, found.problems);
    for (const FolderEntry& entry : entries) {
      if (!entry.folder || entry.path.extension() == ".golden" || named(entry.name)) continue;
      if (is_model_name(entry.name))
        find_versions(entry, found);
      else
        found.problems.push_back(fmt::format("'{}': no model's name", entry.path.string()));
    }
    for (const FolderEntry& entry : entries) {
      const std::string name = entry.path.stem().string();
      if (entry.folder || entry.path.extension() != kEnding || named(name)) continue;
      if (!is_model_name(name) || taken(name))
        found.problems.push_back(
            fmt::format("'{}': {}", entry.path.string(),
                        taken(name) ? "its folder has versions, which serve" : "no model's name"));
      else if (const auto stamp = stamp_of(entry.path))
        found.models.push_back({name, 1, entry.path, golden_of(entry.path), *stamp});
    }
  }
  std::ranges::sort(found.models, [](const FoundModel& a, const FoundModel& b) {
    return std::tie(a.name, a.version) < std::tie(b.name, b.version);
  });
  return found;
}

}  // namespace paucal::serve
