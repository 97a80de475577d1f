#pragma once
// Threads for kernels, built to survive a busy neighbour. The calling thread works too and never
// waits for a worker that has not begun: whoever comes first takes the next task, so a worker that
// the system does not schedule costs nothing. Workers spin briefly between the nodes of a run, then
// sleep.

#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace paucal::edge {

class Pool {
 public:
  // `threads` includes the caller; 1: no thread is started. Where the system refuses further
  // threads the pool works with those that it got: threads() tells.
  explicit Pool(int threads = 1);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // body(task, thread) for task in [0, count); thread in [0, threads()) tells whose scratch to use.
  // Not reentrant, one caller at a time. Returns when all tasks are done. Where a body throws,
  // tasks that have not begun are left out, and the first exception is rethrown here after every
  // thread has left; the pool stays usable.
  template <class Body>
  void run(int64_t count, const Body& body) {
    run_erased(
        count,
        [](const void* context, int64_t task, int thread) {
          (*static_cast<const Body*>(context))(task, thread);
        },
        &body);
  }

 private:
  using Function = void (*)(const void* context, int64_t task, int thread);
  void run_erased(int64_t count, Function function, const void* context);
  void stop();
  void work(int thread);
  void take_tasks(int thread) noexcept;

  // The job. Written only while no worker is inside: gate_ sees to that.
  Function function_ = nullptr;
  const void* context_ = nullptr;
  int64_t count_ = 0;

  alignas(64) std::atomic<int64_t> next_{0};
  alignas(64) std::atomic<uint32_t> gate_{0};        // bit 0: open; above: workers inside
  alignas(64) std::atomic<uint32_t> generation_{0};  // of jobs; workers sleep on it
  std::atomic<bool> stop_{false};
  std::vector<std::thread> workers_;
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  // of the thread that set failed_; read after all have left
};

}  // namespace paucal::edge
