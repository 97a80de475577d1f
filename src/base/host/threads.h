#pragma once
// A fixed pool of worker threads for data work. Compute threads belong to libtorch.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace paucal {

class ThreadPool {
 public:
  // 0 threads: submit() runs the task at once, in the calling thread. Where the system refuses
  // further threads the pool works with those that it got: size() tells.
  explicit ThreadPool(int threads);
  ~ThreadPool();  // finishes what was submitted
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  // Tasks must not throw: an exception ends the program.
  void submit(std::function<void()> task);
  int size() const { return static_cast<int>(workers_.size()); }

  // Called first by every worker: libraries with thread counts of their own are told here to use
  // one (OpenMP inherits the full count otherwise, and the workers fight over the cores).
  static void limit_nested_threads();

 private:
  void stop();
  void work();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

// body(i) for i in [0, count), spread over up to `threads` threads. Rethrows the exception of the
// lowest i that threw, after all have ended: what is reported does not depend on timing.
void parallel_for(int64_t count, int threads, const std::function<void(int64_t)>& body);

// Usable processors: the affinity mask, not the machine's count.
int processor_count();

}  // namespace paucal
