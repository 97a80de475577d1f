#pragma once
// Makes batches ahead of their use, on threads of its own. Batches depend on (seed, step) alone,
// never on the number of threads; memory is bounded by `prefetch` batches.

#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/host/threads.h"
#include "base/options.h"
#include "data/feed/batch.h"

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

class Loader {
 public:
  // `make(step)`: called on loader threads, at the same time for different steps.
  Loader(std::function<Batch(int64_t step)> make, int64_t first_step, int64_t end_step,
         const LoaderOptions& options);
  ~Loader();

  // The batches of first_step, first_step + 1, … in order. Rethrows what make() threw for that
  // step. Only for steps below end_step.
  Batch next();

 private:
  struct Slot {
    Batch batch;
    std::exception_ptr error;
    bool ready = false;
  };
  void request(int64_t step);

  std::function<Batch(int64_t)> make_;
  int64_t next_, end_;
  int prefetch_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::map<int64_t, Slot> slots_;
  ThreadPool pool_;  // last: its destructor waits for tasks that use the members above
};

}  // namespace paucal::data
