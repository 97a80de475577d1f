#include "edge/machine/pool.h"

#include <system_error>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace paucal::edge {
namespace {

// About 20 µs: longer than the pause between two nodes, shorter than anyone notices.
constexpr int kSpins = 2000;

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#else
  std::this_thread::yield();
#endif
}

constexpr uint32_t kOpen = 1;
constexpr uint32_t kInside = 2;

}  // namespace

Pool::Pool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this, i] { work(i); });
  } catch (const std::system_error&) {
    // No further thread: fewer give the same result.
  } catch (...) {
    stop();
    throw;
  }
}

Pool::~Pool() {
  stop();
}

void Pool::stop() {
  stop_ = true;
  generation_.fetch_add(1);
  generation_.notify_all();
  for (auto& worker : workers_) worker.join();
}

void Pool::take_tasks(int thread) noexcept {
  try {
    for (;;) {
      const int64_t task = next_.fetch_add(1, std::memory_order_relaxed);
      if (task >= count_) return;
      function_(context_, task, thread);
    }
  } catch (...) {
    if (!failed_.exchange(true)) failure_ = std::current_exception();
    next_.store(count_, std::memory_order_relaxed);
  }
}

void Pool::run_erased(int64_t count, Function function, const void* context) {
  if (count <= 0) return;
  if (workers_.empty() || count == 1) {
    for (int64_t task = 0; task < count; ++task) function(context, task, 0);
    return;
  }
  function_ = function;
  context_ = context;
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  gate_.store(kOpen, std::memory_order_release);
  generation_.fetch_add(1);
  generation_.notify_all();

  take_tasks(0);

  // Close the gate; then only workers that are inside already, each busy with a task, are awaited.
  gate_.fetch_and(~kOpen, std::memory_order_acq_rel);
  for (int spins = 0; gate_.load(std::memory_order_acquire) != 0; ++spins) {
    relax();
    if (spins > kSpins) std::this_thread::yield();
  }
  if (failed_.exchange(false)) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void Pool::work(int thread) {
  uint32_t seen = 0;
  for (;;) {
    for (int spins = 0; generation_.load(std::memory_order_acquire) == seen; ++spins) {
      if (spins < kSpins)
        relax();
      else
        generation_.wait(seen, std::memory_order_acquire);
    }
    seen = generation_.load(std::memory_order_acquire);
    if (stop_) return;
    uint32_t gate = gate_.load(std::memory_order_acquire);
    while (gate & kOpen) {
      if (!gate_.compare_exchange_weak(gate, gate + kInside, std::memory_order_acq_rel)) continue;
      take_tasks(thread);
      gate_.fetch_sub(kInside, std::memory_order_acq_rel);
      break;
    }
  }
}

}  // namespace paucal::edge
