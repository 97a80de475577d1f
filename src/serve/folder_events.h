#pragma once
// inotify on folders: wakes when files come. It sees nothing that another machine writes to a
// shared disk, and forgets where much happens, so that whoever uses it scans now and then as well.

#include <chrono>
#include <filesystem>
#include <map>
#include <vector>

#include "base/file_access.h"

namespace paucal::serve {

class FolderEvents {
 public:
  // Without inotify wait() only waits.
  FolderEvents();

  // Also these from now on; those that are gone are forgotten by themselves.
  void watch(const std::vector<std::filesystem::path>& folders);
  // Files that were renamed into a folder. Returns when something came, at wake(), or at the end.
  std::vector<std::filesystem::path> wait(std::chrono::milliseconds longest);
  void wake();  // from any thread

 private:
  Descriptor inotify_, event_;
  std::map<int, std::filesystem::path> folders_;
};

}  // namespace paucal::serve
