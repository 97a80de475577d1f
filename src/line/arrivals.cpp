#include "line/arrivals.h"

#include <algorithm>
#include <tuple>

namespace paucal::line {

std::string station_of(const std::string& path) {
  const size_t slash = path.find('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

void Arrivals::judged(const std::string& path, const std::optional<Stamp>& file) {
  judged_[path] = file;
}

void Arrivals::saw(const std::string& path, const Stamp& file, bool renamed,
                   Clock::time_point now) {
  const auto known = judged_.find(path);
  if (known != judged_.end() && (!known->second || *known->second == file)) return;
  const auto [found, added] = pending_.try_emplace(path, Pending{file, now, renamed});
  Pending& pending = found->second;
  if (!added && pending.file != file) pending = {file, now, pending.renamed};
  pending.renamed |= renamed;
}

void Arrivals::keep(const std::unordered_set<std::string>& present) {
  std::erase_if(judged_, [&](const auto& entry) { return !present.contains(entry.first); });
  std::erase_if(pending_, [&](const auto& entry) { return !present.contains(entry.first); });
}

std::vector<std::string> Arrivals::due(Clock::time_point now) const {
  std::vector<std::string> paths;
  for (const auto& [path, pending] : pending_)
    if (!pending.renamed && counts(pending, now)) paths.push_back(path);
  return paths;
}

std::optional<Clock::time_point> Arrivals::next_due() const {
  std::optional<Clock::time_point> next;
  for (const auto& [path, pending] : pending_) {
    const auto at = pending.since + rest_;
    if (!pending.renamed && at > taken_ && (!next || at < *next)) next = at;
  }
  return next;
}

std::vector<Arrival> Arrivals::take(Clock::time_point now) {
  taken_ = now;
  // By station, the oldest that does not count yet: a file of a new folder, say, whose renaming
  // nobody saw, while those behind it are told of.
  using Age = std::pair<int64_t, std::string>;
  std::unordered_map<std::string, Age> oldest;
  for (const auto& [path, pending] : pending_) {
    if (counts(pending, now)) continue;
    const Age age(pending.file.modified_ns, path);
    const auto [found, added] = oldest.try_emplace(station_of(path), age);
    found->second = std::min(found->second, age);
  }
  std::vector<Arrival> arrived;
  for (const auto& [path, pending] : pending_) {
    const auto waits_for = oldest.find(station_of(path));
    if (counts(pending, now) &&
        (waits_for == oldest.end() || Age(pending.file.modified_ns, path) < waits_for->second))
      arrived.push_back({path, pending.file, now});
  }
  for (const Arrival& arrival : arrived) {
    pending_.erase(arrival.path);
    judged_[arrival.path] = arrival.file;
  }
  std::ranges::sort(arrived, [](const Arrival& a, const Arrival& b) {
    return std::tie(a.file.modified_ns, a.path) < std::tie(b.file.modified_ns, b.path);
  });
  return arrived;
}

}  // namespace paucal::line
