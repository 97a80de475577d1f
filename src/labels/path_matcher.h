#pragma once
// Which image a name in an annotation or manifest means: tools store names with other folders, in
// the spelling of another system, or without an ending.

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace paucal::labels {

// What `name` may stand for, with '/', without "." and "a/..": as it is; with '\' as '/' (written
// on Windows); what follows "?d=", and with %xx decoded (both of links that Label Studio writes).
// The surer ones first.
std::vector<std::string> readings(std::string_view name);

std::string without_extension(std::string_view path);  // "a/b.jpg" → "a/b"

// Finds paths by their last parts.
class PathMatcher {
 public:
  struct Match {
    int index = -1;  // of the path, also where another one fits as well; -1: none fits
    int other = -1;  // a second path that fits as well
    bool found() const { return index >= 0 && other < 0; }
    bool ambiguous() const { return other >= 0; }
  };

  PathMatcher() = default;
  explicit PathMatcher(std::vector<std::string> paths);

  // The path that is `name`, else the one that ends in the longest possible part of it; endings
  // like ".jpg" are left out where nothing matches with them. The folders that are left out of
  // `name` must not be folders of the set that the path does not lie in: "scratch/0.png" is not
  // "good/0.png" where there is a folder "scratch".
  Match match(std::string_view name) const;

  const std::string& path(int index) const { return paths_[static_cast<size_t>(index)]; }
  // "fits both 'a' and 'b'", or "no such image".
  std::string why_not(const Match& match) const;

 private:
  Match match_tail(std::string_view name, const std::string& tail) const;
  bool contradicts(std::string_view head, std::string_view tail, std::string_view path) const;

  std::vector<std::string> paths_;
  std::unordered_map<std::string, int> by_path_;
  std::unordered_map<std::string, std::vector<int>> by_tail_;
  std::unordered_set<std::string> folders_;  // each part of a path but its last
};

}  // namespace paucal::labels
