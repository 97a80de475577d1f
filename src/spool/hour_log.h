#pragma once
// Lines in one file an hour: FOLDER/2026-11-30T12.jsonl, in UTC. A line is there whole or not at
// all, whatever ends the program; a power cut costs the last seconds.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_access.h"
#include "base/result.h"
#include "spool/times.h"

namespace paucal::spool {

class HourLog {
 public:
  explicit HourLog(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // `line` ends with a line feed and goes to the kernel in one write, at the end of the file of its
  // hour, which may be an earlier one: a clock can be set back. What fails leaves no half line, and
  // the next call begins anew. One caller at a time.
  std::optional<Failure> append(Time at, std::string_view line);

 private:
  std::optional<Failure> open(const std::string& hour);

  std::filesystem::path folder_, path_;
  std::string hour_;
  std::optional<Descriptor> file_;
};

// Cuts what stands behind the last line feed of each hour's file. What cannot be cut is left to
// append(), which does not write behind half a line.
void cut_half_lines(const std::filesystem::path& folder);

// Removes the files of hours before `first`, the oldest first and at most `most` of them: a clock
// that is wrong for a while does not cost all.
void remove_hours_before(const std::filesystem::path& folder, Time first, int most);

}  // namespace paucal::spool
