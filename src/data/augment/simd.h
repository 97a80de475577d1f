#pragma once
// PAUCAL_SIMD before a function: it is compiled for AVX-512, AVX2 and the baseline, and the loader
// picks. Only for integer loops: then every version gives the same pixels.

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && \
    !defined(__SANITIZE_THREAD__)  // the thread sanitizer is not up yet when the loader picks
#define PAUCAL_SIMD __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define PAUCAL_SIMD
#endif

namespace paucal::data {

// body(i) for all i of [0, count), in runs of 64; the last run overlaps the one before, which is
// several times faster than ending one by one. So body must give the same when it runs twice.
template <class Body>
[[gnu::always_inline]] inline void in_runs(int count, Body body) {
  constexpr int kRun = 64;
  if (count < kRun) {
    for (int i = 0; i < count; ++i) body(i);
    return;
  }
  for (int start = 0; start < count; start += kRun) {
    const int first = start + kRun <= count ? start : count - kRun;
    for (int k = 0; k < kRun; ++k) body(first + k);
  }
}

}  // namespace paucal::data
