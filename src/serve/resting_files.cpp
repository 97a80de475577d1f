#include "serve/resting_files.h"

#include <utility>

namespace paucal::serve {

bool RestingFiles::counts(const FoundModel& found, Clock::time_point now) {
  const auto [at, is_new] = seen_.try_emplace(found.file, Seen{found.stamp, now});
  Seen& seen = at->second;
  if (seen.stamp != found.stamp) seen = {found.stamp, now};
  seen.asked = true;
  seen.counted = moved_.erase(found.file) > 0 || now - seen.since >= rest_;
  return seen.counted;
}

std::optional<Clock::time_point> RestingFiles::ask_again() const {
  std::optional<Clock::time_point> first;
  for (const auto& [file, seen] : seen_)
    if (!seen.counted && (!first || seen.since + rest_ < *first)) first = seen.since + rest_;
  return first;
}

void RestingFiles::forget_others() {
  std::erase_if(seen_, [](const auto& entry) { return !entry.second.asked; });
  for (auto& [file, seen] : seen_) seen.asked = false;
  moved_.clear();
}

}  // namespace paucal::serve
