#pragma once
// Metrics as JSON lines: one object a line, appended as training goes.

#include <cstdint>
#include <filesystem>

#include "base/json.h"

namespace paucal::train {

// A line is handed to the kernel whole, so it outlives a killed process. Throws Error where the
// file cannot be read or written. Not thread-safe.
class JsonLines {
 public:
  // Makes missing folders. An existing file is continued; a last line that a kill has cut short
  // is dropped.
  explicit JsonLines(std::filesystem::path path);

  // Numbers that are not finite become null.
  void append(const Json& line);

  // For resuming after `step`: drops lines whose "step" is greater, atomically. Lines without a
  // "step" stay. Throws Error naming a line that is not a JSON object.
  void truncate_after(int64_t step);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace paucal::train
