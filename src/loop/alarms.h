#pragma once
// The baseline of each stream, its watch, and the alarms: stored, shown, closed.

#include <string>
#include <vector>

#include "loop/tables.h"
#include "loop/watch.h"
#include "review/store.h"

namespace paucal::loop {

struct Alarm {
  int64_t id = 0;
  Stream stream;
  std::string rule, text;
  int64_t opened_at = 0;                 // µs
  std::string since = {};                // the part: its name, else its number and time
  int64_t parts = 0;                     // of the stream, from there to the alarm
  std::vector<std::string> images = {};  // at most kAlarmImages, the farthest first
};
inline constexpr int64_t kAlarmImages = 20;
Json to_json(const Alarm& alarm);

struct BaselineAsk {
  std::string good_by;                      // who says that the period was good
  int64_t from = 0, to = 0;                 // µs; 0: all parts that the store still has
  std::optional<std::string> station = {};  // default: all that have enough parts
};
struct Frozen {
  Stream stream;
  int64_t parts = 0, ng = 0;
  std::string sha256 = {};                  // of the baseline, as its event has it
  std::vector<std::string> unwatched = {};  // features
};
// Freezes one baseline a stream, each with an event; it takes the place of an earlier one, whose
// event stays. Throws Error where no stream has enough parts.
std::vector<Frozen> freeze_baseline(review::Store& store, const BaselineAsk& ask,
                                    const WatchOptions& options);

// Watches the parts that are new, in a transaction of the caller's. Each new alarm is an event.
std::vector<Alarm> watch_new_parts(review::Database& database, int64_t now);

std::vector<Alarm> open_alarms(review::Database& database);
// The rule begins anew with the next part. Throws Error: no such open alarm, no reason.
void close_alarm(review::Store& store, int64_t id, const std::string& by,
                 const std::string& reason);

}  // namespace paucal::loop
