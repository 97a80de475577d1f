#include "data/set/folder.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "labels/annotation_format.h"

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

// The image that this PNG is the mask of, or "".
std::string masked_image(const std::string& path, const FileIndex& files) {
  if (!lower(path).ends_with(".png")) return "";
  const std::string stem = path.substr(0, path.size() - 4);
  for (const char* ending : {".jpg", ".jpeg", ".JPG", ".JPEG"})
    if (files.has(stem + ending)) return stem + ending;
  return "";
}

bool is_unread_image(std::string_view path) {
  const std::string name = lower(path);
  for (const char* ending : {".bmp", ".tif", ".tiff", ".gif", ".heic", ".avif", ".jp2"})
    if (name.ends_with(ending)) return true;
  return false;
}

}  // namespace

void read_folders(const FileIndex& files, const std::filesystem::path& truth, Dataset& dataset) {
  std::vector<std::string> paths;
  for (const auto& path : files.files())
    if (!is_truth_path(path, files.root(), truth)) paths.push_back(path);

  bool top_is_split = false;
  for (const auto& path : paths) {
    const auto parts = parts_of(path);
    if (parts.size() < 2 || !has_image_extension(path)) continue;
    top_is_split = parts.size() > 2 && parse_split(parts[0]).value_or(Split::kNone) != Split::kNone;
    if (!top_is_split) break;
  }
  const size_t class_at = top_is_split ? 1 : 0;

  std::set<std::string> used;
  for (const auto& path : paths) {
    const auto parts = parts_of(path);
    const bool image = has_image_extension(path);
    if (parts.size() < class_at + 2) {
      if (image) dataset.problems.push_back({path, "root-image", "stands in no class folder"});
    } else if (is_unread_image(path)) {
      dataset.problems.push_back({path, "unsupported", "expected .jpg, .jpeg, .png or .webp"});
    } else if (!image) {
      if (!labels::expected_format(path))  // they may lie beside their images
        dataset.problems.push_back({path, "other-file", "expected .jpg, .jpeg, .png or .webp"});
    } else if (!masked_image(path, files).empty()) {
      continue;  // of a record
    } else {
      Record record;
      record.path = path;
      record.class_name = parts[class_at];
      if (top_is_split) record.split = *parse_split(parts[0]);
      const std::string mask = without_extension(path) + ".png";
      if (mask != path && files.has(mask) && masked_image(mask, files) == path) {
        record.mask_path = mask;
        record.has_truth = true;
      }
      used.insert(top_is_split ? fmt::format("{}/{}", parts[0], parts[1]) : record.class_name);
      dataset.records.push_back(std::move(record));
    }
  }
  for (const auto& folder : files.folders())
    if (parts_of(folder).size() == class_at + 1 && !used.contains(folder) &&
        !is_truth_path(folder, files.root(), truth))
      dataset.problems.push_back({folder, "class-empty", "no image in it"});
}

}  // namespace paucal::data
