#pragma once
// When a file that came may be read: it was renamed in, or did not change for a while. Copying
// takes its time, and what is half there is refused only after it was read. One thread.

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "serve/models_folder.h"
#include "serve/queue.h"

namespace paucal::serve {

class RestingFiles {
 public:
  explicit RestingFiles(std::chrono::milliseconds rest) : rest_(rest) {}

  void moved_in(const std::filesystem::path& file) { moved_.insert(file); }
  // The clock of the files is not asked: it may stand elsewhere, or be set back.
  bool counts(const FoundModel& found, Clock::time_point now);
  // When to ask again about those that did not count yet; none: when something happens.
  std::optional<Clock::time_point> ask_again() const;
  // Forgets those that were not asked about since the last call.
  void forget_others();

 private:
  struct Seen {
    FileStamp stamp;
    Clock::time_point since;
    bool asked = false, counted = false;
  };
  std::chrono::milliseconds rest_;
  std::map<std::filesystem::path, Seen> seen_;
  std::set<std::filesystem::path> moved_;
};

}  // namespace paucal::serve
