#include "pipeline/run_folder.h"

#include <fcntl.h>
#include <sys/file.h>

#include "base/error.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

fs::path topmost_missing(fs::path folder) {
  fs::path missing;
  std::error_code ignored;
  for (; !folder.empty() && !fs::exists(folder, ignored); folder = folder.parent_path())
    missing = folder;
  return missing;
}

Descriptor open_lock(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail("run", "'{}' cannot be made: {}", folder.string(), error.message());
  return Descriptor(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder)
    : folder_(fs::absolute(folder).lexically_normal()),
      made_(topmost_missing(folder_)),
      lock_(open_lock(folder_)) {
  if (!lock_.ok()) fail("run", "'{}' cannot be written", folder_.string());
  if (::flock(lock_.get(), LOCK_EX | LOCK_NB) != 0)
    fail("run", "'{}': another process works on this run", folder_.string());
}

RunFolder::~RunFolder() {
  if (made_.empty()) return;
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
  // Parents only while they are empty: another run may have begun in them.
  for (fs::path at = folder_; at != made_;) {
    at = at.parent_path();
    if (!fs::remove(at, ignored)) break;
  }
}

}  // namespace paucal::pipeline
