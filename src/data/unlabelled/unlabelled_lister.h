#pragma once
// Puts the images of folders and archives into an index, and notes what it leaves out.

#include <filesystem>
#include <string>

#include "base/host/progress.h"
#include "data/unlabelled/unlabelled_scan.h"

namespace paucal::data {

// All paths are relative to the root. Links to files are followed, links to folders are not.
// Memory holds the names of the folders on the way to the one that is being listed.
class UnlabelledLister {
 public:
  // `root` is canonical. The index takes its place in finish().
  UnlabelledLister(const std::filesystem::path& root, const std::filesystem::path& index);

  const std::filesystem::path& root() const { return root_; }
  UnlabelledReport& report() { return report_; }
  uint32_t add_source(UnlabelledSource source) { return writer_.add_source(std::move(source)); }

  // All below it, in the order of the paths: images, and those in each .tar. Masks (X.png beside
  // X.jpg), truth and hidden files are no images.
  void folder(const std::string& path);
  void archive(const std::string& path);
  // One that is listed by itself, `name` in the folder that is `source`.
  void file(uint32_t source, const std::string& folder, const std::string& name,
            const std::string& class_name = "");
  // Bytes of a file; `path` is what a problem with them names.
  void add(uint32_t source, const std::string& name, uint64_t offset, uint64_t size,
           const std::string& path, const std::string& class_name = "");

  // All are counted, the first are kept.
  void problem(const std::string& path, const char* kind, std::string message);

  // Throws Error where `source` holds no image.
  UnlabelledReport finish(const std::filesystem::path& source);

 private:
  // The names of its images, archives and folders, these ending in '/', sorted.
  std::vector<std::string> names_in(const std::string& folder);

  std::filesystem::path root_;
  UnlabelledIndexWriter writer_;
  UnlabelledReport report_;
  Progress progress_;
};

// Lists what a manifest names (unlabelled_scan.h); `path`: below the root of `lister`.
void list_csv_manifest(const std::string& path, UnlabelledLister& lister);
void list_jsonl_manifest(const std::string& path, UnlabelledLister& lister);

bool is_tar(std::string_view path);

}  // namespace paucal::data
