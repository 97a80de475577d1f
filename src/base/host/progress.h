#pragma once
// A progress bar for long work. On a terminal one line is redrawn; in a pipe or in CI a plain
// line is logged at most every ten seconds and at the end, so that logs stay short.

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace paucal {

class Progress {
 public:
  Progress(std::string title, int64_t total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Thread-safe. `note` stands at the end of the line: "loss 0.123".
  void advance(int64_t count = 1, const std::string& note = "");
  void set(int64_t done, const std::string& note = "");

  // Wipes the bar that stands on the terminal, if one does; the next advance() draws it again.
  static void clear_line();

 private:
  using Clock = std::chrono::steady_clock;
  void draw(bool last);
  std::string line(Clock::time_point now) const;

  std::string title_;
  int64_t total_;
  int64_t done_ = 0;
  int64_t first_ = -1;  // where this process began: a resumed run must not fake its speed
  std::string note_;
  bool terminal_;
  Clock::time_point start_;
  Clock::time_point drawn_;
  std::mutex mutex_;
};

}  // namespace paucal
