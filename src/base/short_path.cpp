#include "base/short_path.h"

#include "base/files.h"
#include "base/text.h"

namespace paucal {
namespace {

constexpr size_t kLongest = 200;
constexpr size_t kHashed = 8;
constexpr size_t kLongestEnding = 16;

std::string short_name(std::string_view name) {
  if (name.size() <= kLongest) return std::string(name);
  const size_t dot = name.rfind('.');
  const bool ends = dot != std::string_view::npos && name.size() - dot <= kLongestEnding;
  const std::string ending(ends ? name.substr(dot) : "");
  const std::string mark = "~" + Hasher().add(name).hex().substr(0, kHashed);
  return std::string(cut_text(name, kLongest - mark.size() - ending.size())) + mark + ending;
}

}  // namespace

std::string short_path(std::string_view path) {
  std::string result;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (begin > 0) result += '/';
    result += short_name(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace paucal
