#pragma once
// Views of one part whose file names tell so: part7_top.png and part7_side.png.

#include <string_view>

namespace paucal {

#ifdef _WIN32
constexpr std::string_view kFolderMarks = "/\\";
#else
constexpr std::string_view kFolderMarks = "/";
#endif

// The file name up to its last '_', without folders; the name without its ending where there is
// none: "NG/part7_top.png" and "OK/part7.png" → "part7".
inline std::string_view part_name(std::string_view path) {
  path.remove_prefix(path.find_last_of(kFolderMarks) + 1);  // npos + 1 is 0
  if (const size_t dot = path.find_last_of('.'); dot != path.npos && dot > 0)
    path = path.substr(0, dot);
  const size_t mark = path.find_last_of('_');
  return mark == path.npos || mark == 0 ? path : path.substr(0, mark);
}

}  // namespace paucal
