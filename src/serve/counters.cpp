#include "serve/counters.h"

#include <algorithm>
#include <iterator>

namespace paucal::serve {
namespace {

constexpr std::size_t kMostPairs = 1000;  // of verdicts that are told apart

void count(std::atomic<std::uint64_t>& counter, std::uint64_t by = 1) {
  counter.fetch_add(by, std::memory_order_relaxed);
}

}  // namespace

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void Counters::answered(const Done& done, std::uint64_t total_ns) {
  last_ms_.store(static_cast<std::uint64_t>(now_ms()), std::memory_order_relaxed);
  count(images_, done.images.size());
  count(runs_, done.images.size());  // an image at a time
  success_.add(total_ns);
  queue_.add(done.durations.queue);
  decode_.add(done.durations.decode);
  infer_.add(done.durations.infer);
  post_.add(done.durations.post);
  const double seconds = static_cast<double>(total_ns) * 1e-9;
  count(times_[static_cast<std::size_t>(std::ranges::lower_bound(kRequestSeconds, seconds) -
                                        std::begin(kRequestSeconds))]);
  const bool inspects = done.served->card.task == edge::Task::kInspection;
  for (const Predicted& image : done.images) {
    if (inspects) count(image.prediction.ng ? ng_ : ok_);
    const auto tenth = static_cast<std::size_t>(image.prediction.probability * kTenths);
    count(tenths_[std::min(tenth, kTenths - 1)]);
  }
}

void Counters::refused(Refusal why, std::uint64_t total_ns) {
  fail_.add(total_ns);
  const bool rejected =
      why == Refusal::kQueueFull || why == Refusal::kTimeout || why == Refusal::kStopping;
  count(rejected ? rejected_ : failed_);
}

void Counters::client_left(std::uint64_t total_ns) {
  fail_.add(total_ns);
  count(cancelled_);
}

void Counters::compared(const std::string& served, const std::string& beside) {
  const std::lock_guard lock(beside_mutex_);
  const auto pair = served + "→" + beside;
  if (beside_.size() < kMostPairs || beside_.contains(pair)) ++beside_[pair];
}

ModelStatistics Counters::snapshot() const {
  ModelStatistics s;
  s.last_inference_ms = last_ms_;
  s.inference_count = images_;
  s.execution_count = runs_;
  s.success = success_.sum();
  s.fail = fail_.sum();
  s.queue = queue_.sum();
  s.compute_input = decode_.sum();
  s.compute_infer = infer_.sum();
  s.compute_output = post_.sum();
  s.rejected = rejected_;
  s.cancelled = cancelled_;
  s.failed = failed_;
  s.ng = ng_;
  s.ok = ok_;
  s.request_seconds_buckets.assign(times_.begin(), times_.end());
  s.probability_buckets.assign(tenths_.begin(), tenths_.end());
  s.pending = static_cast<std::uint64_t>(std::max<std::int64_t>(0, pending_));
  const std::lock_guard lock(beside_mutex_);
  s.shadow.assign(beside_.begin(), beside_.end());
  return s;
}

}  // namespace paucal::serve
