#include "data/set/folder.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/files/mask_beside.h"
#include "labels/annotation_format.h"
#include "labels/class_key.h"

namespace paucal::data {
namespace {

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    parts.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

bool is_unread_image(std::string_view path) {
  const std::string name = lower(path);
  for (const char* ending : {".gif", ".heic", ".avif", ".jp2"})
    if (name.ends_with(ending)) return true;
  return false;
}

bool names_split(std::string_view folder) {
  return parse_split(folder).value_or(Split::kNone) != Split::kNone;
}

// Which folders of a path mean what.
class Layout {
 public:
  explicit Layout(const std::vector<std::string>& paths) {
    int64_t in_splits = 0, in_classes = 0;
    for (const auto& path : paths) {
      const auto parts = parts_of(path);
      if (parts.size() < 2 || !has_image_extension(path)) continue;
      const bool split = parts.size() > 2 && names_split(parts[0]);
      ++(split ? in_splits : in_classes);
      if (!split) classes_.insert(labels::class_key(parts[0]));
    }
    in_splits_ = in_splits > in_classes;
  }

  // Whether all classes lie in train/, val/ or test/: what lies elsewhere has none.
  bool in_splits() const { return in_splits_; }

  // Where the class stands in the path; the folder before it, if there is one, is the split.
  size_t class_at(const std::vector<std::string_view>& parts) const {
    if (in_splits_) return 1;
    // OK/, NG/ and test/OK, test/NG: test is a split of the classes that are there.
    return parts.size() > 2 && names_split(parts[0]) &&
                   classes_.contains(labels::class_key(parts[1]))
               ? 1
               : 0;
  }

  bool has_class(const std::vector<std::string_view>& parts) const {
    return parts.size() > class_at(parts) + 1 && (!in_splits_ || names_split(parts[0]));
  }

 private:
  bool in_splits_ = false;
  std::set<std::string> classes_;
};

class FolderReader {
 public:
  FolderReader(const FileIndex& files, std::vector<std::string> paths, LabelledSet& set)
      : files_(files),
        paths_(std::move(paths)),
        layout_(paths_),
        dataset_(set.dataset),
        truth_(set.truth) {}

  void read(const std::filesystem::path& truth) {
    for (const auto& path : paths_) add(path, parts_of(path));
    name_empty_classes(truth);
    name_deep_classes();
  }

 private:
  void note(const std::string& path, const char* kind, std::string message) {
    dataset_.problems.push_back({path, kind, std::move(message)});
  }

  void add(const std::string& path, const std::vector<std::string_view>& parts) {
    const bool image = has_image_extension(path);
    if (!layout_.has_class(parts)) {
      if (image) name_stray(path, parts);
    } else if (is_unread_image(path)) {
      note(path, "unsupported", "expected .jpg, .png, .tif, .bmp, .pgm, .webp or .dcm");
    } else if (!image) {
      if (!labels::expected_format(path))  // they may lie beside their images
        note(path, "other-file", "expected .jpg, .png, .tif, .bmp, .pgm, .webp or .dcm");
    } else if (masked_image(path, has_).empty()) {
      add_record(path, parts);
    }
  }

  void name_stray(const std::string& path, const std::vector<std::string_view>& parts) {
    if (parts.back().find('\\') != std::string_view::npos)
      note(path, "windows-name", "its name holds \\: unpacked from a Windows archive");
    else
      note(path, "root-image",
           layout_.in_splits() ? "stands in no class folder of train, val or test"
                               : "stands in no class folder");
  }

  void add_record(const std::string& path, const std::vector<std::string_view>& parts) {
    const size_t class_at = layout_.class_at(parts);
    Record record;
    record.path = path;
    record.class_name = parts[class_at];
    if (class_at == 1) record.split = *parse_split(parts[0]);
    if (const std::string mask = mask_beside(path, has_); !mask.empty())
      truth_.edit(record) = {.known = true, .objects = {}, .mask_path = mask};
    const std::string folder =
        class_at == 1 ? fmt::format("{}/{}", parts[0], parts[1]) : record.class_name;
    ++inner_[folder][parts.size() > class_at + 2 ? std::string(parts[class_at + 1]) : ""];
    dataset_.records.push_back(std::move(record));
  }

  void name_empty_classes(const std::filesystem::path& truth) {
    const size_t depth = layout_.in_splits() ? 2 : 1;
    for (const auto& folder : files_.folders()) {
      const auto parts = parts_of(folder);
      const bool meant = parts.size() == depth && (depth == 1 || names_split(parts[0]));
      const bool used = std::ranges::any_of(inner_, [&](const auto& entry) {
        return entry.first == folder || entry.first.starts_with(folder + "/");
      });
      if (meant && !used && !is_truth_path(folder, files_.root(), truth))
        note(folder, "class-empty", "no image in it");
    }
  }

  // A class most of whose images lie in folders that look like classes: data.root is one too high.
  void name_deep_classes() {
    for (auto [folder, names] : inner_) {
      int64_t loose = names[""], within = -loose;
      for (const auto& [name, images] : names) within += images;
      names.erase("");
      if (names.size() < 2 || loose >= within || labels::means_ok(folder)) continue;
      if (inner_.size() > 1 && std::ranges::none_of(names | std::views::keys, labels::means_ok))
        continue;
      std::vector<std::string> shown;
      for (const auto& [name, images] : names)
        if (shown.size() < 4) shown.push_back(name + "/");
      note(folder, "too-deep",
           fmt::format("holds {}{}: give data.root={}", fmt::join(shown, " and "),
                       names.size() > shown.size() ? ", …" : "",
                       (files_.root() / folder).generic_string()));
    }
  }

  const FileIndex& files_;
  const HasFile has_ = [this](const std::string& path) { return files_.has(path); };
  std::vector<std::string> paths_;
  Layout layout_;
  Dataset& dataset_;
  Truth& truth_;
  // Of class folders: how many images lie in which folder of them; "": right in them.
  std::map<std::string, std::map<std::string, int64_t>> inner_;
};

}  // namespace

void read_folders(const FileIndex& files, const std::filesystem::path& truth, LabelledSet& set) {
  std::vector<std::string> paths;
  for (const auto& path : files.files())
    if (!is_truth_path(path, files.root(), truth)) paths.push_back(path);
  FolderReader(files, std::move(paths), set).read(truth);
}

}  // namespace paucal::data
