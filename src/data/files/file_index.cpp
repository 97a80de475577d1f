#include "data/files/file_index.h"

#include <algorithm>
#include <iterator>

#include "base/files.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

std::string tidy(std::string_view name) {
  std::string path(name);
  std::ranges::replace(path, '\\', '/');  // written on Windows
  while (path.starts_with("./")) path.erase(0, 2);
  return path;
}

constexpr int kMaxParts = 8;  // of a suffix: hostile names may have a million slashes

// "a/b/c" → "a/b/c", "b/c", "c": the longest first.
std::vector<std::string> suffixes(const std::string& path) {
  std::vector<std::string> result;
  size_t end = path.size();
  for (int part = 0; part < kMaxParts && end != path.npos; ++part) {
    const size_t slash = end == 0 ? path.npos : path.find_last_of('/', end - 1);
    result.push_back(slash == path.npos ? path : path.substr(slash + 1));
    end = slash;
  }
  std::ranges::reverse(result);
  return result;
}

}  // namespace

PathMatcher::PathMatcher(const std::vector<std::string>& paths) {
  for (size_t i = 0; i < paths.size(); ++i)
    for (const std::string& path : {paths[i], without_extension(paths[i])})
      for (auto& suffix : suffixes(path)) {
        const auto [entry, is_new] = by_suffix_.emplace(std::move(suffix), static_cast<int>(i));
        if (!is_new && entry->second != static_cast<int>(i)) entry->second = -1;
      }
}

int PathMatcher::find(std::string_view name) const {
  for (const auto& suffix : suffixes(tidy(name)))
    for (const std::string& wanted : {suffix, without_extension(suffix)})
      if (const auto it = by_suffix_.find(wanted); it != by_suffix_.end()) return it->second;
  return -1;
}

std::string without_extension(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  const size_t dot = path.find_last_of('.');
  const bool has_dot = dot != path.npos && (slash == path.npos || dot > slash + 1) && dot > 0;
  return std::string(has_dot ? path.substr(0, dot) : path);
}

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
  matcher_ = PathMatcher(images_);
}

std::string FileIndex::with_extension(const std::string& path) const {
  if (path.empty()) return "";
  if (has(path)) return path;
  for (const char* ending : {".jpg", ".png", ".jpeg", ".webp", ".JPG", ".PNG", ".JPEG", ".WEBP"})
    if (has(path + ending)) return path + ending;
  return "";
}

std::string FileIndex::resolve(std::string_view name) const {
  const std::string path = tidy(name);
  for (const char* folder : {"", "images/", "IMAGES/", "Images/", "JPEGImages/"})
    if (std::string found = with_extension(path.empty() ? "" : folder + path); !found.empty())
      return found;
  return "";
}

std::string FileIndex::find(std::string_view name) const {
  if (std::string found = resolve(name); !found.empty()) return found;
  const int found = matcher_.find(name);
  return found < 0 ? "" : images_[static_cast<size_t>(found)];
}

bool is_truth_path(std::string_view path, const std::filesystem::path& root,
                   const std::filesystem::path& truth) {
  const std::string top = lower(path.substr(0, path.find('/')));
  if (top == "truth" || top == "ground_truth") return true;
  if (truth.empty()) return false;
  const auto below = std::filesystem::absolute(root / path)
                         .lexically_normal()
                         .lexically_relative(std::filesystem::absolute(truth).lexically_normal());
  return !below.empty() && *below.begin() != "..";
}

}  // namespace paucal::data
