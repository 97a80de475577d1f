#pragma once
// Loads the models that come while we serve: inotify, and a scan now and then.

#include <atomic>
#include <thread>

#include "serve/folder_events.h"
#include "serve/models.h"

namespace paucal::serve {

class Watcher {
 public:
  Watcher(const EngineOptions& options, Models& models, Log log);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

 private:
  void watch();
  std::vector<std::filesystem::path> folders() const;

  const EngineOptions& options_;
  Models& models_;
  const Log log_;
  FolderEvents events_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace paucal::serve
