#include "review/logins.h"

#include <algorithm>

namespace paucal::review {
namespace {

constexpr size_t kAllowed = 10;
constexpr std::chrono::minutes kWithin(15);
constexpr int kMaxDoublings = 10;     // 2^10 s, some 17 minutes
constexpr size_t kMaxKnown = 10'000;  // then the oldest are forgotten

}  // namespace

std::optional<std::chrono::seconds> Logins::must_wait(const std::string& who,
                                                      Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  const auto found = failures_.find(who);
  if (found == failures_.end() || now >= found->second.until) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(found->second.until - now);
}

void Logins::failed(const std::string& who, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (failures_.size() >= kMaxKnown && !failures_.contains(who))
    failures_.erase(std::ranges::min_element(
        failures_, {}, [](const auto& known) { return known.second.times.back(); }));
  Failures& known = failures_[who];
  while (!known.times.empty() && now - known.times.front() > kWithin) known.times.pop_front();
  if (known.times.empty()) known.beyond = 0;
  known.times.push_back(now);
  if (known.times.size() > kAllowed) known.times.pop_front();
  if (known.times.size() < kAllowed) return;
  known.until = now + std::chrono::seconds(int64_t{1} << std::min(known.beyond, kMaxDoublings));
  ++known.beyond;
}

void Logins::succeeded(const std::string& who) {
  const std::lock_guard lock(mutex_);
  failures_.erase(who);
}

}  // namespace paucal::review
