#include "data/files/file_index.h"

#include <algorithm>
#include <iterator>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return result;
}

}  // namespace

FileIndex::FileIndex(const fs::path& root, std::vector<Problem>& problems)
    : root_(root), absolute_(fs::absolute(root).lexically_normal()) {
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
    if (is_passed_over(name)) {
      it.disable_recursion_pending();
      if (is_system_folder(name))
        problems.push_back({path, "system-folder", "made by a file server or an operating system"});
    } else if (it->is_symlink(ignored)) {
      problems.push_back({path, "folder-link", "a link to a folder, not followed"});
    } else {
      folders_.push_back(path);
      if (has_image_extension(name))
        problems.push_back({path, "image-folder", "a folder, not an image"});
    }
  }
  std::ranges::sort(folders_);
  pass_over_runs(problems);
  name_bytes(problems);

  known_.insert(files_.begin(), files_.end());
  std::ranges::copy_if(files_, std::back_inserter(images_), has_image_extension);
  matcher_ = labels::PathMatcher(images_);
}

// The overlays of a run are pictures, too, but nobody's images.
void FileIndex::pass_over_runs(std::vector<Problem>& problems) {
  const std::unordered_set<std::string> files(files_.begin(), files_.end());
  std::vector<std::string> runs;
  for (const std::string& folder : folders_)
    if (files.contains(folder + "/recipe.yaml") && files.contains(folder + "/stages.json"))
      runs.push_back(folder + "/");
  for (const std::string& run : runs) {
    problems.push_back({run.substr(0, run.size() - 1), "run-folder", "a run of paucal"});
    std::erase_if(files_, [&](const std::string& file) { return file.starts_with(run); });
    std::erase_if(folders_, [&](const std::string& folder) {
      return folder.starts_with(run) || folder + "/" == run;
    });
  }
}

// One line for all: in a set from another system they may be thousands.
void FileIndex::name_bytes(std::vector<Problem>& problems) const {
  int64_t count = 0;
  const std::string* first = nullptr;
  for (const auto* paths : {&folders_, &files_})
    for (const std::string& path : *paths)
      if (!is_utf8(path) && ++count == 1) first = &path;
  if (first)
    problems.push_back({*first, "not-utf8", fmt::format("{} names of files and folders", count)});
}

std::string FileIndex::with_extension(const std::string& path) const {
  if (path.empty()) return "";
  if (has(path)) return path;
  for (const std::string_view ending : kImageEndings)
    for (std::string candidate : {path + std::string(ending), path + upper(ending)})
      if (has(candidate)) return candidate;
  return "";
}

std::string FileIndex::below_root(const std::string& name) const {
  const fs::path whole = (absolute_ / name).lexically_normal();  // absolute names stay as they are
  std::error_code error;
  for (const fs::path& root : {absolute_, fs::weakly_canonical(absolute_, error)}) {
    const fs::path below = whole.lexically_relative(root);
    if (!below.empty() && *below.begin() != "..") return below.generic_string();
  }
  return "";
}

std::string FileIndex::resolve(std::string_view name) const {
  if (name.empty()) return "";
  for (const std::string& reading : labels::readings(name)) {
    const std::string path = below_root(reading);
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
  const auto holds = [](const fs::path& folder, const fs::path& file) {
    const fs::path below = file.lexically_relative(folder);
    return !below.empty() && *below.begin() != "..";
  };
  const fs::path folder = fs::absolute(truth).lexically_normal() / "";
  // Truth that lies beside the images, or somewhere above them, does not turn them into truth.
  if (holds(folder, fs::absolute(root).lexically_normal() / "")) return false;
  return holds(folder, fs::absolute(root / path).lexically_normal());
}

}  // namespace paucal::data
