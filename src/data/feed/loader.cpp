#include "data/feed/loader.h"

#include "base/error.h"

namespace paucal::data {

Loader::Loader(std::function<Batch(int64_t)> make, int64_t first_step, int64_t end_step,
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

Loader::~Loader() = default;

void Loader::request(int64_t step) {
  {
    const std::lock_guard lock(mutex_);
    slots_[step];
  }
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

Batch Loader::next() {
  if (next_ >= end_) fail("loader", "step {}: past the end, expected below {}", next_, end_);
  const int64_t step = next_++;
  if (pool_.size() == 0) request(step);
  Slot slot;
  {
    std::unique_lock lock(mutex_);
    ready_.wait(lock, [&] { return slots_[step].ready; });
    slot = std::move(slots_[step]);
    slots_.erase(step);
  }
  if (pool_.size() > 0 && step + prefetch_ < end_) request(step + prefetch_);
  if (slot.error) std::rethrow_exception(slot.error);
  return std::move(slot.batch);
}

}  // namespace paucal::data
