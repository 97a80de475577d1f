#pragma once
// The files below a root, listed once, and which of them a name in a manifest or annotation means.

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "data/files/problem.h"
#include "labels/path_matcher.h"

namespace paucal::data {

using labels::without_extension;

class FileIndex {
 public:
  // Unreadable folders, links to folders, system folders that are passed over, folders of
  // runs, and folders named like an image become `problems`.
  FileIndex(const std::filesystem::path& root, std::vector<Problem>& problems);

  const std::filesystem::path& root() const { return root_; }
  const std::vector<std::string>& files() const { return files_; }      // sorted, with '/'
  const std::vector<std::string>& folders() const { return folders_; }  // sorted, with '/'
  bool has(std::string_view path) const { return known_.contains(std::string(path)); }

  // The file that `name` means: a path below the root or its images/ folder, or an absolute one,
  // with or without an image ending. A name as it stands goes before its reading as a Windows path,
  // and that before one whose %20 are spaces. "" where there is none. Only listed files are ever
  // answered, so that `..` and absolute paths of a hostile manifest lead nowhere.
  std::string resolve(std::string_view name) const;

  // resolve(), else the one image below the root that PathMatcher finds.
  std::string find(std::string_view name) const;
  // Why find() has no answer: "no such image", or two that fit.
  std::string why_not(std::string_view name) const;

 private:
  std::string with_extension(const std::string& path) const;
  void pass_over_runs(std::vector<Problem>& problems);
  void name_bytes(std::vector<Problem>& problems) const;
  std::string below_root(const std::string& name) const;  // "" where it leads out

  std::filesystem::path root_, absolute_;
  std::vector<std::string> files_;
  std::vector<std::string> folders_;
  std::unordered_set<std::string> known_;
  std::vector<std::string> images_;
  labels::PathMatcher matcher_;
};

// Whether the path below the root belongs to the truth, not to the images: it lies in truth/ or
// ground_truth/, or in the folder `truth` (may be empty), unless that holds the root itself.
bool is_truth_path(std::string_view path, const std::filesystem::path& root,
                   const std::filesystem::path& truth);

}  // namespace paucal::data
