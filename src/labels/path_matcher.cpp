#include "labels/path_matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

namespace paucal::labels {
namespace {

constexpr int kMaxParts = 8;  // of a tail: hostile names may have a million slashes

std::string normal(std::string_view path) {
  return std::filesystem::path(path).lexically_normal().generic_string();
}

std::string decoded(std::string_view text) {
  std::string result;
  for (size_t i = 0; i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      result += static_cast<char>(value);
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

// "a/b/c" → "a/b/c", "b/c", "c": the longest first.
std::vector<std::string> tails(const std::string& path) {
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

// Calls `use(folder)` for each folder of a path, until it answers false.
template <class Use>
void for_each_folder(std::string_view path, const Use& use) {
  for (size_t begin = 0;;) {
    const size_t end = path.find('/', begin);
    if (end == path.npos || !use(path.substr(begin, end - begin))) return;
    begin = end + 1;
  }
}

}  // namespace

std::vector<std::string> readings(std::string_view name) {
  std::vector<std::string> result = {normal(name)};
  const auto add = [&](const std::string& reading) {
    if (std::ranges::find(result, reading) == result.end()) result.push_back(reading);
  };
  std::string windows(name);
  std::ranges::replace(windows, '\\', '/');
  add(normal(windows));
  if (const size_t query = windows.find("?d="); query != windows.npos) {
    windows.erase(0, query + 3);
    add(normal(windows));
  }
  add(normal(decoded(windows)));
  return result;
}

std::string without_extension(std::string_view path) {
  const size_t slash = path.find_last_of('/');
  const size_t dot = path.find_last_of('.');
  const bool has_dot = dot != path.npos && (slash == path.npos || dot > slash + 1) && dot > 0;
  return std::string(has_dot ? path.substr(0, dot) : path);
}

PathMatcher::PathMatcher(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (size_t i = 0; i < paths_.size(); ++i) {
    const int index = static_cast<int>(i);
    by_path_.emplace(paths_[i], index);
    for (const std::string& path : {paths_[i], without_extension(paths_[i])})
      for (std::string& tail : tails(path)) {
        std::vector<int>& known = by_tail_[std::move(tail)];
        if (known.empty() || known.back() != index) known.push_back(index);
      }
    for_each_folder(paths_[i], [&](std::string_view folder) {
      folders_.emplace(folder);
      return true;
    });
  }
}

bool PathMatcher::contradicts(std::string_view head, std::string_view tail,
                              std::string_view path) const {
  // The whole path, with its folders: the head says where the set lies.
  const bool whole = tail.size() >= without_extension(path).size();
  if (whole && tail.find('/') != tail.npos) return false;
  bool wrong = false;
  for_each_folder(head, [&](std::string_view folder) {
    if (!folders_.contains(std::string(folder))) return true;
    bool inside = false;
    for_each_folder(path, [&](std::string_view own) { return !(inside = own == folder); });
    wrong = !inside;
    return inside;
  });
  return wrong;
}

PathMatcher::Match PathMatcher::match_tail(std::string_view name, const std::string& tail) const {
  Match match;
  const auto found = by_tail_.find(tail);
  if (found == by_tail_.end()) return match;
  for (const int index : found->second) {
    if (contradicts(name.substr(0, name.size() - tail.size()), tail, path(index))) continue;
    if (match.index >= 0) {
      match.other = index;
      break;
    }
    match.index = index;
  }
  return match;
}

PathMatcher::Match PathMatcher::match(std::string_view name) const {
  for (const std::string& reading : readings(name)) {
    if (const auto whole = by_path_.find(reading); whole != by_path_.end())
      return {whole->second, -1};
    const std::string stem = without_extension(reading);
    for (const std::string& tail : tails(reading)) {
      Match match = match_tail(reading, tail);
      if (match.index < 0) match = match_tail(stem, without_extension(tail));
      if (match.index >= 0) return match;
    }
  }
  return {};
}

std::string PathMatcher::why_not(const Match& match) const {
  return match.ambiguous()
             ? fmt::format("fits both '{}' and '{}'", path(match.index), path(match.other))
             : "no such image";
}

}  // namespace paucal::labels
