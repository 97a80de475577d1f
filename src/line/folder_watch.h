#pragma once
// Files as they arrive in a folder and those below it: inotify (IN_CLOSE_WRITE, IN_MOVED_TO), and a
// look at all of it every few seconds, since network drives do not notify. A thread of its own, so
// that a drive that hangs does not stop the heartbeat. Names that begin with a dot are ignored;
// links to files count as files, links to folders are not followed.

#include <chrono>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/result.h"
#include "line/arrivals.h"
#include "line/wake.h"

namespace paucal::line {

struct WatchOptions {
  std::filesystem::path folder;
  std::chrono::milliseconds rest{2000};
  std::chrono::milliseconds rescan{5000};
};

class FolderWatch {
 public:
  // `known`: holds what was judged before. `wake` must outlive it; it is notified when files count
  // or the folder's health changes.
  static Result<std::unique_ptr<FolderWatch>> open(WatchOptions options, Arrivals known,
                                                   const Wake& wake);
  virtual ~FolderWatch() = default;  // stops
  // Those that counted since the last call, in order.
  virtual std::vector<Arrival> take() = 0;
  // The folder can be read.
  virtual bool healthy() const = 0;
};

}  // namespace paucal::line
