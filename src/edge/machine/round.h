#pragma once
// Whole numbers rounded up.

#include <cstddef>
#include <cstdint>

namespace paucal::edge {

// ⌈a / b⌉ for a ≥ 0 and b > 0, where a + b does not overflow.
constexpr int64_t ceil_div(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// A line of the cache, and the widest vector register: where blocks of memory begin.
inline constexpr size_t kAlignment = 64;

// The next multiple of kAlignment.
constexpr size_t aligned(size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace paucal::edge
