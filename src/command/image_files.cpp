#include "command/image_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/file_access.h"
#include "base/files.h"
#include "base/text.h"
#include "base/utf8_path.h"
#include "edge/pre/decode.h"
#include "edge/pre/image_file.h"

namespace paucal::command {
namespace fs = std::filesystem;
namespace {

constexpr size_t kNameBytes = 200;

// A file that cannot be read is an image by its ending alone.
bool looks_like_image(const fs::path& path) {
  if (has_image_extension(path.string())) return true;
  const Result<InputFile> file = InputFile::open(path);
  if (!file.ok()) return false;
  const auto head = file->read(0, 512);
  return head.ok() && edge::is_image_file(*head);
}

// list_files() passes over these.
std::vector<NamedFile> links_to_folders(const fs::path& folder) {
  std::vector<NamedFile> links;
  std::error_code error;
  fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error);
  for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    std::error_code ignored;
    if (!it->is_directory(ignored)) continue;
    const std::string path = it->path().string();
    if (it->path().filename().string().starts_with("."))
      it.disable_recursion_pending();
    else if (it->is_symlink(ignored))
      links.push_back(
          {path, fmt::format("'{}': a link to a folder, which is not followed", path), 1});
  }
  return links;
}

std::vector<NamedFile> files_of_folder(const std::string& folder) {
  const fs::path root = utf8_path(folder);
  std::vector<NamedFile> files = links_to_folders(root);
  std::vector<std::string> unreadable;
  for (const std::string& name : list_files(root, &unreadable)) {
    const fs::path path = root / utf8_path(name);
    std::error_code ignored;
    if (fs::is_symlink(path, ignored) || looks_like_image(path))
      files.push_back({path.string(), "", 1});
  }
  std::ranges::sort(files, {}, &NamedFile::path);
  for (std::string& message : unreadable) files.push_back({folder, std::move(message), 1});
  if (files.empty())
    files.push_back({folder, fmt::format("'{}': a folder without image files", folder), 1});
  return files;
}

}  // namespace

std::vector<NamedFile> image_files(const std::vector<std::string>& paths) {
  std::vector<NamedFile> files;
  for (const std::string& path : paths) {
    std::error_code ignored;
    if (fs::is_directory(utf8_path(path), ignored))
      std::ranges::move(files_of_folder(path), std::back_inserter(files));
    else
      files.push_back({path, "", 1});
  }
  return files;
}

std::string NamedFile::name() const {
  return page == 1 ? path : fmt::format("{}#{}", path, page);
}

std::vector<NamedFile> with_pages(std::vector<NamedFile> files) {
  std::vector<NamedFile> all;
  for (NamedFile& file : files) {
    const std::string ending = utf8_path(file.path).extension().string();
    const bool paged = file.error.empty() &&
                       (edge::ending_fits("TIFF", ending) || edge::ending_fits("DICOM", ending));
    int pages = 1;
    if (const auto data = paged ? read_file(utf8_path(file.path)) : Result<Bytes>(Bytes());
        data.ok())
      if (const auto info = edge::probe_image(*data); info.ok()) pages = info->pages;
    for (int page = 1; page <= pages; ++page) {
      file.page = page;
      all.push_back(file);
    }
  }
  return all;
}

fs::path overlay_path(const fs::path& folder, const std::string& file, size_t index) {
  const std::string number = fmt::format("{:05}_", index), ending = ".jpg";
  const std::string stem = utf8_path(file).stem().string();
  return folder /
         utf8_path(fmt::format("{}{}{}", number,
                               cut_text(stem, kNameBytes - number.size() - ending.size()), ending));
}

}  // namespace paucal::command
