#pragma once
// Answers by route and status, counted without a lock.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace paucal::serve {

class RequestCounts {
 public:
  static constexpr std::size_t kRoutes = 32;
  // Those that are told apart; 0: all others.
  static constexpr int kStatuses[] = {200, 400, 401, 403, 404, 405, 500, 501, 503, 0};

  void add(std::size_t route, int status) {
    counts_[route][index_of(status)].fetch_add(1, std::memory_order_relaxed);
  }
  std::uint64_t of(std::size_t route, std::size_t status_index) const {
    return counts_[route][status_index].load(std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t index_of(int status) {
    std::size_t i = 0;
    while (kStatuses[i] != status && kStatuses[i] != 0) ++i;
    return i;
  }

  std::array<std::array<std::atomic<std::uint64_t>, std::size(kStatuses)>, kRoutes> counts_{};
};

}  // namespace paucal::serve
