#include "data/set/format.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/files/file_index.h"
#include "labels/annotation_files.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kFormatPlace = "data";

std::vector<fs::path> files_in(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(".") && lower(name).ends_with(ending) && entry.is_regular_file(error))
      found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

// The one manifest with this ending in the root; split.csv goes first.
std::vector<fs::path> manifest(const fs::path& root, std::string_view ending, bool required) {
  if (ending == ".csv" && fs::is_regular_file(root / "split.csv")) return {root / "split.csv"};
  std::vector<fs::path> found = files_in(root, ending);
  if (found.size() > 1 && required) {
    std::vector<std::string> names;
    for (const auto& path : found) names.push_back(path.filename().string());
    fail(kFormatPlace, "'{}' holds {} {} files ({}): name the one to use as data.root",
         root.string(), found.size(), ending, fmt::join(names, ", "));
  }
  if (found.size() != 1) found.clear();
  if (found.empty() && required)
    fail(kFormatPlace, "'{}': no {} file, expected a manifest there", root.string(), ending);
  return found;
}

Source guess(const fs::path& root) {
  if (auto files = manifest(root, ".csv", false); !files.empty()) return {root, "csv", files};
  if (auto files = manifest(root, ".jsonl", false); !files.empty()) return {root, "jsonl", files};
  if (auto files = labels::set_files(root); !files.empty())
    return {root, std::string(labels::format_of(files[0])->name), files};

  std::set<std::string> image_folders, endings;
  for (const auto& path : list_files(root)) {
    if (is_truth_path(path, root, {})) continue;
    endings.insert(lower(fs::path(path).extension().string()));
    if (has_image_extension(path) && path.find('/') != path.npos)
      image_folders.insert(path.substr(0, path.find('/')));
  }
  for (const labels::AnnotationFormat& format : labels::annotation_formats())
    if (image_folders.size() < 2 && !format.whole_set &&
        endings.contains(std::string(format.ending)))
      return {root, std::string(format.name), {}};
  return {root, "folder", {}};
}

}  // namespace

std::vector<std::string> label_formats() {
  std::vector<std::string> names = {"auto", "folder", "csv", "jsonl"};
  for (std::string& name : labels::annotation_format_names()) names.push_back(std::move(name));
  return names;
}

Source find_source(const DataOptions& options) {
  if (options.root.empty())
    fail(kFormatPlace, "data.root is not set, expected the folder of the images");
  const fs::path root = options.root;
  if (!fs::exists(root)) fail(kFormatPlace, "data.root '{}': no such folder", options.root);
  if (!options.split.empty() && !options.labels.empty())
    fail(kFormatPlace,
         "data.split '{}' and data.labels '{}' are both set, expected one: data.labels may have a "
         "column split",
         options.split, options.labels);
  for (const auto& [key, file] :
       {std::pair("data.split", options.split), std::pair("data.labels", options.labels)}) {
    if (file.empty()) continue;
    if (!fs::is_directory(root))
      fail(kFormatPlace, "data.root '{}': expected a folder beside {}", options.root, key);
    if (!fs::is_regular_file(file)) fail(kFormatPlace, "{} '{}': no such file", key, file);
    return {root, "csv", {file}};
  }
  if (!fs::is_directory(root)) {
    const std::string name = lower(options.root);
    const fs::path folder = root.has_parent_path() ? root.parent_path() : fs::path(".");
    if (name.ends_with(".csv")) return {folder, "csv", {root}};
    if (name.ends_with(".jsonl")) return {folder, "jsonl", {root}};
    for (const labels::AnnotationFormat& format : labels::annotation_formats())
      if (format.whole_set && name.ends_with(format.ending))
        return {folder, std::string(format.name), {root}};
    fail(kFormatPlace, "data.root '{}': expected a folder, or a .csv, .jsonl or COCO .json file",
         options.root);
  }
  if (options.format == "auto") return guess(root);
  Source source{root, options.format, {}};
  if (options.format == "csv") source.files = manifest(root, ".csv", true);
  if (options.format == "jsonl") source.files = manifest(root, ".jsonl", true);
  const labels::AnnotationFormat* format = labels::find_annotation_format(options.format);
  if (format && format->whole_set) {
    source.files = labels::set_files(root);
    if (source.files.empty())
      fail(kFormatPlace, "'{}': no {} file in it or in its annotations/", options.root,
           format->name);
  }
  return source;
}

}  // namespace paucal::data
