#include "serve/watcher.h"

#include <algorithm>

#include "base/error.h"
#include "serve/resting_files.h"

namespace paucal::serve {
namespace fs = std::filesystem;

Watcher::Watcher(const EngineOptions& options, Models& models, Log log)
    : options_(options), models_(models), log_(std::move(log)), thread_([this] { watch(); }) {}

Watcher::~Watcher() {
  stop_ = true;
  events_.wake();
  thread_.join();
}

// The models' folder, those of the names in it, and those of single files.
std::vector<fs::path> Watcher::folders() const {
  std::vector<fs::path> folders;
  for (const NamedFile& named : options_.files)
    folders.push_back(named.file.has_parent_path() ? named.file.parent_path() : fs::path("."));
  if (options_.models.empty()) return folders;
  folders.push_back(options_.models);
  std::error_code error;
  for (fs::directory_iterator at(options_.models, error), end; !error && at != end;
       at.increment(error))
    if (std::error_code unknown;
        at->is_directory(unknown) && is_model_name(at->path().filename().string()))
      folders.push_back(at->path());
  return folders;
}

void Watcher::watch() {
  RestingFiles resting(options_.rest);
  while (!stop_) {
    std::chrono::milliseconds longest = options_.scan_every;
    try {
      events_.watch(folders());  // before looking: what comes after it wakes us
      models_.refresh([&](const FoundModel& found) { return resting.counts(found, Clock::now()); });
      resting.forget_others();
      if (const auto again = resting.ask_again())
        longest = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*again - Clock::now()),
                             std::chrono::milliseconds(1), longest);
    } catch (const std::exception& error) {  // no memory, say
      log_(fmt::format("watching: {}", error.what()));
    }
    for (const fs::path& moved : events_.wait(longest)) resting.moved_in(moved);
  }
}

}  // namespace paucal::serve
