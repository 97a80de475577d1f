#pragma once
// How long to wait before the next attempt: twice as long each time.

#include <algorithm>
#include <chrono>

namespace paucal::line {

class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  Backoff(Duration first, Duration longest) : first_(first), longest_(longest), next_(first) {}
  Duration next() {
    const Duration wait = next_;
    next_ = std::min(2 * next_, longest_);
    return wait;
  }
  void reset() { next_ = first_; }

 private:
  Duration first_, longest_, next_;
};

}  // namespace paucal::line
