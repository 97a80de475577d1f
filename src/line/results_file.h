#pragma once
// results.jsonl: the memory of a line. What stands in it is done; it survives kill -9 since each
// line goes to the kernel in one write, before anybody is told.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_access.h"
#include "line/result_line.h"

namespace paucal::line {

// Called with each line that is there already.
using KnownLine = std::function<void(ResultLine)>;

class ResultsFile {
 public:
  // Makes the file where there is none. Cuts a half last line. Lines that cannot be read are passed
  // over and counted. Fails where another process holds the file.
  static Result<std::unique_ptr<ResultsFile>> open(const std::filesystem::path& path,
                                                   const KnownLine& known);

  // All of the text or, with a failure, nothing of it. Ends with a newline.
  std::optional<Failure> append(std::string_view text);

  const std::filesystem::path& path() const { return path_; }
  uint32_t last_part() const { return last_part_; }  // of those that were there
  uint64_t unreadable() const { return unreadable_; }

 private:
  ResultsFile(std::filesystem::path path, Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}
  std::optional<Failure> read(const KnownLine& known);

  std::filesystem::path path_;
  Descriptor file_;
  uint64_t size_ = 0;  // of whole lines
  uint32_t last_part_ = 0;
  uint64_t unreadable_ = 0;
};

}  // namespace paucal::line
