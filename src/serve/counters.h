#pragma once
// What is counted of one model version. Any thread counts, without a lock but for the shadow's.

#include <array>
#include <atomic>
#include <map>
#include <mutex>

#include "serve/engine.h"

namespace paucal::serve {

class CountedSum {
 public:
  void add(std::uint64_t ns) {
    count_.fetch_add(1, std::memory_order_relaxed);
    ns_.fetch_add(ns, std::memory_order_relaxed);
  }
  DurationSum sum() const {
    return {count_.load(std::memory_order_relaxed), ns_.load(std::memory_order_relaxed)};
  }

 private:
  std::atomic<std::uint64_t> count_{0}, ns_{0};
};

class Counters {
 public:
  // A request that was answered. Times in nanoseconds.
  void answered(const Done& done, std::uint64_t total_ns);
  // A request without an answer that was let in.
  void refused(Refusal why, std::uint64_t total_ns);
  void client_left(std::uint64_t total_ns);
  void now_pending(int requests) { pending_.fetch_add(requests, std::memory_order_relaxed); }
  // "OK→NG": the verdict of what serves, and of what runs beside it.
  void compared(const std::string& served, const std::string& beside);

  // All but name and version.
  ModelStatistics snapshot() const;

 private:
  using Count = std::atomic<std::uint64_t>;
  static constexpr std::size_t kTimes = std::size(kRequestSeconds) + 1, kTenths = 10;

  Count last_ms_{0}, images_{0}, runs_{0}, rejected_{0}, cancelled_{0}, failed_{0}, ng_{0}, ok_{0};
  std::atomic<std::int64_t> pending_{0};
  CountedSum success_, fail_, queue_, decode_, infer_, post_;
  std::array<Count, kTimes> times_{};
  std::array<Count, kTenths> tenths_{};
  mutable std::mutex beside_mutex_;
  std::map<std::string, std::uint64_t> beside_;
};

// Milliseconds since 1970.
std::int64_t now_ms();

}  // namespace paucal::serve
