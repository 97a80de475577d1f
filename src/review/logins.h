#pragma once
// How often somebody may try to log in: after ten failures within 15 minutes, of a name or from an
// address, the next must wait, twice as long each time.

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace paucal::review {

// Thread-safe. Times are those of a clock that is never set.
class Logins {
 public:
  using Clock = std::chrono::steady_clock;

  // How long to wait still; nothing: try. `who`: "name anna", "peer 10.0.0.7".
  std::optional<std::chrono::seconds> must_wait(const std::string& who, Clock::time_point now);
  void failed(const std::string& who, Clock::time_point now);
  void succeeded(const std::string& who);

 private:
  struct Failures {
    std::deque<Clock::time_point> times;
    int beyond = 0;  // failures since the limit was reached
    Clock::time_point until{};
  };
  std::mutex mutex_;
  std::map<std::string, Failures> failures_;
};

}  // namespace paucal::review
