#include "data/files/file_index.h"

#include <algorithm>
#include <iterator>

#include "base/files.h"

namespace paucal::data {
namespace fs = std::filesystem;

FileIndex::FileIndex(const fs::path& root, std::vector<Problem>& problems) : root_(root) {
  std::vector<std::string> unreadable;
  files_ = list_files(root, &unreadable);
  for (auto& message : unreadable) problems.push_back({"", "unreadable", std::move(message)});

  std::error_code error;
  fs::recursive_directory_iterator it(root, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (!it->is_directory(ignored)) continue;
    const std::string path = it->path().lexically_relative(root).generic_string();
    if (name.starts_with(".")) {
      it.disable_recursion_pending();
    } else if (it->is_symlink(ignored)) {
      problems.push_back({path, "folder-link", "a link to a folder, not followed"});
    } else {
      folders_.push_back(path);
      if (has_image_extension(name))
        problems.push_back({path, "image-folder", "a folder, not an image"});
    }
  }
  std::ranges::sort(folders_);

  known_.insert(files_.begin(), files_.end());
  std::ranges::copy_if(files_, std::back_inserter(images_), has_image_extension);
  matcher_ = labels::PathMatcher(images_);
}

std::string FileIndex::with_extension(const std::string& path) const {
  if (path.empty()) return "";
  if (has(path)) return path;
  for (const char* ending : {".jpg", ".png", ".jpeg", ".webp", ".JPG", ".PNG", ".JPEG", ".WEBP"})
    if (has(path + ending)) return path + ending;
  return "";
}

std::string FileIndex::resolve(std::string_view name) const {
  for (std::string path : labels::readings(name)) {
    if (fs::path(path).is_absolute())
      path = fs::path(path)
                 .lexically_relative(fs::absolute(root_).lexically_normal())
                 .generic_string();
    for (const char* folder : {"", "images/", "IMAGES/", "Images/", "JPEGImages/"})
      if (std::string found = with_extension(path.empty() ? "" : folder + path); !found.empty())
        return found;
  }
  return "";
}

std::string FileIndex::find(std::string_view name) const {
  if (std::string found = resolve(name); !found.empty()) return found;
  const auto match = matcher_.match(name);
  return match.found() ? matcher_.path(match.index) : "";
}

std::string FileIndex::why_not(std::string_view name) const {
  return matcher_.why_not(matcher_.match(name));
}

bool is_truth_path(std::string_view path, const std::filesystem::path& root,
                   const std::filesystem::path& truth) {
  const std::string top = lower(path.substr(0, path.find('/')));
  if (top == "truth" || top == "ground_truth") return true;
  if (truth.empty()) return false;
  const auto normal = [](const fs::path& path) { return fs::absolute(path).lexically_normal(); };
  const auto leads_out = [](const fs::path& path) { return path.empty() || *path.begin() == ".."; };
  // Annotations that lie among the images, or above them, make no image a part of the truth.
  if (!leads_out(normal(root / "").lexically_relative(normal(truth / "")))) return false;
  return !leads_out(normal(root / path).lexically_relative(normal(truth)));
}

}  // namespace paucal::data
