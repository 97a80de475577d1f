#pragma once
// A run's folder, held by one process.

#include <filesystem>

#include "base/file_access.h"

namespace paucal::pipeline {

// Makes the folder where it is missing and locks it while this lives (RUN/.lock; the kernel lets go
// when the process ends, however it ends). A folder that it made is removed again unless accept()
// was called: a refused command leaves nothing behind. Throws Error where another process works on
// the folder, or it cannot be written.
class RunFolder {
 public:
  explicit RunFolder(const std::filesystem::path& folder);
  ~RunFolder();
  RunFolder(const RunFolder&) = delete;
  RunFolder& operator=(const RunFolder&) = delete;

  void accept() { made_.clear(); }

 private:
  std::filesystem::path folder_;
  std::filesystem::path made_;  // the topmost folder that was missing; empty: none was
  Descriptor lock_;
};

}  // namespace paucal::pipeline
