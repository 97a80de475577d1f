#pragma once
// Size and time of change of a file: with its path, what tells one part from the next.

#include <cstdint>
#include <optional>
#include <string>

namespace paucal::line {

struct Stamp {
  uint64_t bytes = 0;
  int64_t modified_ns = 0;  // since 1970
  bool operator==(const Stamp&) const = default;
};

// Of a regular file, or of the one behind a link; none for anything else.
std::optional<Stamp> stamp_of(const std::string& path);

}  // namespace paucal::line
