#pragma once
// Which files of a folder are parts by now, without looking at any: told of what is seen, it tells
// what counts. A file that was renamed into place counts at once, any other once its size and time
// of change have rested. No file overtakes an older one of its station. Each counts once: a path
// comes again only with another size or time.

#include <chrono>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "line/stamp.h"
#include "line/state.h"

namespace paucal::line {

struct Arrival {
  std::string path;  // below --in, with '/'
  Stamp file;
  Clock::time_point at;  // when it counted
};

// The first folder of a path; "" without one.
std::string station_of(const std::string& path);

class Arrivals {
 public:
  explicit Arrivals(std::chrono::milliseconds rest) : rest_(rest) {}

  // It was judged in an earlier run; without a stamp whatever its size and time.
  void judged(const std::string& path, const std::optional<Stamp>& file);
  bool was_judged(const std::string& path) const { return judged_.contains(path); }
  void saw(const std::string& path, const Stamp& file, bool renamed, Clock::time_point now);
  void gone(const std::string& path) { pending_.erase(path); }
  // All that are there: the others are forgotten, so that memory stays that of the folder.
  void keep(const std::unordered_set<std::string>& present);

  // Those whose rest is over; they are to be looked at once more, and saw() or gone() be called.
  std::vector<std::string> due(Clock::time_point now) const;
  // When the next one is due, of those that were not when take() was called.
  std::optional<Clock::time_point> next_due() const;
  // Those that count, by time of change, then name. They are judged from here on.
  std::vector<Arrival> take(Clock::time_point now);

 private:
  struct Pending {
    Stamp file;
    Clock::time_point since;  // it rests
    bool renamed = false;
  };
  bool counts(const Pending& pending, Clock::time_point now) const {
    return pending.renamed || now - pending.since >= rest_;
  }

  std::chrono::milliseconds rest_;
  Clock::time_point taken_{};
  std::unordered_map<std::string, Pending> pending_;
  std::unordered_map<std::string, std::optional<Stamp>> judged_;
};

}  // namespace paucal::line
