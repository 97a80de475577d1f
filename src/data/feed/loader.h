#pragma once
// Makes batches ahead of their use, on threads of its own. Batches depend on (seed, step) alone,
// never on the number of threads; memory is bounded by `prefetch` batches.

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "base/error.h"
#include "base/host/threads.h"
#include "base/options.h"

namespace paucal::data {

struct LoaderOptions {
  int threads = 2;
  int prefetch = 4;

  template <class V>
  void visit(V& v) {
    v(threads, "threads", "loader threads; 0 loads in the training thread", Range{0, 256});
    v(prefetch, "prefetch", "batches made ahead of their use", Range{1, 64});
  }
};

// Batch: any movable type.
template <class Batch>
class Loader {
 public:
  // `make(step)`: called on loader threads, at the same time for different steps.
  Loader(std::function<Batch(int64_t step)> make, int64_t first_step, int64_t end_step,
         const LoaderOptions& options)
      : make_(std::move(make)),
        next_(first_step),
        end_(end_step),
        prefetch_(options.threads == 0 ? 1 : options.prefetch),
        pool_(options.threads) {
    if (options.threads > 0)
      for (int64_t step = first_step; step < std::min(end_, first_step + prefetch_); ++step)
        request(step);
  }

  // The batches of first_step, first_step + 1, … in order. Rethrows what make() threw for that
  // step. Only for steps below end_step.
  Batch next() {
    if (next_ >= end_) fail("loader", "step {}: past the end, expected below {}", next_, end_);
    const int64_t step = next_++;
    if (pool_.size() == 0) request(step);
    Slot slot = taken(step);
    if (pool_.size() > 0 && step + prefetch_ < end_) request(step + prefetch_);
    if (slot.error) std::rethrow_exception(slot.error);
    return std::move(slot.batch);
  }

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr error;
    bool ready = false;
  };

  Slot taken(int64_t step) {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return slots_[step].ready; });
    Slot slot = std::move(slots_[step]);
    slots_.erase(step);
    return slot;
  }

  void request(int64_t step) {
    pool_.submit([this, step] {
      Slot made;
      try {
        made.batch = make_(step);
      } catch (...) {
        made.error = std::current_exception();
      }
      made.ready = true;
      {
        const std::lock_guard lock(mutex_);
        slots_[step] = std::move(made);
      }
      ready_.notify_all();
    });
  }

  std::function<Batch(int64_t)> make_;
  int64_t next_, end_;
  int prefetch_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<int64_t, Slot> slots_;
  ThreadPool pool_;  // last: its destructor waits for tasks that use the members above
};

}  // namespace paucal::data
