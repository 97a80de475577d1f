#pragma once
// Where judged files go.

#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace paucal::line {

// FROM/path → TO/path, also on another drive. Nothing is overwritten: where the name is taken, the
// file becomes "a-1.jpg", "a-2.jpg", …
std::optional<Failure> move_done(const std::filesystem::path& from, const std::string& path,
                                 const std::filesystem::path& to);

}  // namespace paucal::line
