#include "serve/folder_events.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace paucal::serve {
namespace fs = std::filesystem;

FolderEvents::FolderEvents()
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void FolderEvents::watch(const std::vector<fs::path>& folders) {
  if (!inotify_.ok()) return;
  for (const fs::path& folder : folders) {
    const int watch =
        ::inotify_add_watch(inotify_.get(), folder.c_str(),
                            IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR);
    if (watch >= 0) folders_[watch] = folder;
  }
}

std::vector<fs::path> FolderEvents::wait(std::chrono::milliseconds longest) {
  pollfd waited[] = {{event_.get(), POLLIN, 0}, {inotify_.get(), POLLIN, 0}};
  ::poll(waited, 2, static_cast<int>(longest.count()));
  std::vector<fs::path> moved;
  if (std::uint64_t count = 0; event_.ok())
    while (::read(event_.get(), &count, sizeof count) > 0) {
    }
  alignas(inotify_event) char buffer[4096];
  while (inotify_.ok()) {
    const ssize_t size = ::read(inotify_.get(), buffer, sizeof buffer);
    if (size <= 0) break;
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, buffer + at, sizeof event);
      if (event.mask & IN_IGNORED) folders_.erase(event.wd);
      if (const auto folder = folders_.find(event.wd);
          folder != folders_.end() && (event.mask & IN_MOVED_TO) && event.len > 0)
        moved.push_back(folder->second / (buffer + at + sizeof event));
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
  }
  return moved;
}

void FolderEvents::wake() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
}

}  // namespace paucal::serve
