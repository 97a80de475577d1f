#pragma once
// Functions one after another, on a thread of their own.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace paucal::serve {

class Serial {
 public:
  Serial() : thread_([this] { work(); }) {}
  ~Serial() {  // after what was posted
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }
  Serial(const Serial&) = delete;
  Serial& operator=(const Serial&) = delete;

  // Must not throw. False: too many wait.
  bool post(std::function<void()> function) {
    {
      const std::lock_guard lock(mutex_);
      if (waiting_.size() >= kMostWaiting) return false;
      waiting_.push_back(std::move(function));
    }
    wake_.notify_all();
    return true;
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [&] { return stop_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const auto function = std::move(waiting_.front());
      waiting_.pop_front();
      lock.unlock();
      function();
      lock.lock();
    }
  }

  static constexpr std::size_t kMostWaiting = 64;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> waiting_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace paucal::serve
