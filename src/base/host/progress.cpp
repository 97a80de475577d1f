#include "base/host/progress.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "base/error.h"
#include "base/host/log.h"

namespace paucal {
namespace {

constexpr auto kRedraw = std::chrono::milliseconds(100);
constexpr auto kLogEvery = std::chrono::seconds(10);
constexpr int kBarWidth = 24;

std::atomic<bool> bar_on_screen{false};

std::string elapsed_text(double seconds) {
  const auto s = static_cast<int64_t>(seconds + 0.5);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{:02}s", s / 60, s % 60);
  return fmt::format("{}h{:02}m", s / 3600, s / 60 % 60);
}

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return isatty(STDERR_FILENO) && !std::getenv("CI") && term && std::string_view(term) != "dumb";
}

}  // namespace

Progress::Progress(std::string title, int64_t total)
    : title_(std::move(title)),
      total_(std::max<int64_t>(total, 0)),
      terminal_(is_terminal()),
      start_(Clock::now()),
      drawn_(start_) {}

Progress::~Progress() {
  const std::lock_guard lock(mutex_);
  if (first_ >= 0) draw(true);
}

void Progress::advance(int64_t count, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (first_ < 0) first_ = done_;
  done_ += count;
  note_ = note;
  draw(false);
}

void Progress::set(int64_t done, const std::string& note) {
  const std::lock_guard lock(mutex_);
  if (first_ < 0) first_ = std::max<int64_t>(done - 1, 0);
  done_ = done;
  note_ = note;
  draw(false);
}

void Progress::clear_line() {
  if (bar_on_screen.exchange(false)) std::fputs("\r\033[K", stderr);
}

std::string Progress::line(Clock::time_point now) const {
  const double seconds = std::chrono::duration<double>(now - start_).count();
  const double rate = seconds > 0 ? static_cast<double>(done_ - first_) / seconds : 0;
  const double left = rate > 0 ? static_cast<double>(total_ - done_) / rate : 0;
  const std::string done =
      total_ > 0 ? fmt::format("{}/{}", done_, total_) : fmt::format("{}", done_);
  std::string text = fmt::format("{}  {:.1f}/s  {}", done, rate, elapsed_text(seconds));
  if (done_ < total_ && rate > 0) text += fmt::format(", {} left", elapsed_text(left));
  if (!note_.empty()) text += "  " + note_;
  return text;
}

void Progress::draw(bool last) {
  const auto now = Clock::now();
  if (terminal_) {
    if (!last && now - drawn_ < kRedraw) return;
    const int full =
        total_ > 0 ? static_cast<int>(kBarWidth * std::min(done_, total_) / total_) : 0;
    std::string bar;
    for (int i = 0; i < kBarWidth; ++i) bar += i < full ? "█" : "░";
    std::fputs(fmt::format("\r\033[K{} {} {}{}", title_, bar, line(now), last ? "\n" : "").c_str(),
               stderr);
    std::fflush(stderr);
    bar_on_screen = !last;
  } else {
    if (!last && now - drawn_ < kLogEvery) return;
    log::info("{}: {}", title_, line(now));
  }
  drawn_ = now;
}

}  // namespace paucal
