#include "edge_cli/measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "base/system.h"
#include "edge/machine/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace paucal::edge_cli {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// As many independent sums as hide the latency of an addition, and fit the registers.
constexpr int kSums = 12;
constexpr int64_t kSteps = 2'000'000;

// Both return the flops done; the sums leave through `sink`, so that they are not left out.
#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) double fused(float* sink) {
  __m256 sums[kSums];
  for (auto& sum : sums) sum = _mm256_set1_ps(*sink);
  const __m256 factor = _mm256_set1_ps(0.999f), term = _mm256_set1_ps(0.001f);
  for (int64_t step = 0; step < kSteps; ++step) {
#pragma GCC unroll 12
    for (int i = 0; i < kSums; ++i) sums[i] = _mm256_fmadd_ps(sums[i], factor, term);
  }
  for (int i = 1; i < kSums; ++i) sums[0] = _mm256_add_ps(sums[0], sums[i]);
  *sink = _mm256_cvtss_f32(sums[0]);
  return 2.0 * 8 * kSums * kSteps;
}
#endif

double portable(float* sink) {
  float sums[4 * kSums];  // vectors of four wherever the compiler has them
  std::fill_n(sums, 4 * kSums, *sink);
  for (int64_t step = 0; step < kSteps / 4; ++step)
    for (float& sum : sums) sum = sum * 0.999f + 0.001f;
  for (const float sum : sums) *sink += sum;
  return 2.0 * 4 * kSums * static_cast<double>(kSteps / 4);
}

double flops_of_this_thread() {
  float sink = 1;
  double best = 0;
  for (int attempt = 0; attempt < 10; ++attempt) {
    const auto begin = Clock::now();
#if defined(__x86_64__)
    const double flops = edge::best_isa() == edge::Isa::kPortable ? portable(&sink) : fused(&sink);
#else
    const double flops = portable(&sink);
#endif
    best = std::max(best, flops / seconds_since(begin));
  }
  return std::isfinite(sink) ? best : 0;
}

}  // namespace

std::vector<double> time_rounds(int rounds, const std::function<void()>& body) {
  for (int i = 0; i < std::min(3, rounds); ++i) body();
  std::vector<double> times;
  for (int i = 0; i < rounds; ++i) {
    const auto begin = Clock::now();
    body();
    times.push_back(seconds_since(begin));
  }
  std::ranges::sort(times);
  return times;
}

double percentile(const std::vector<double>& sorted, double share) {
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  return sorted[static_cast<size_t>(
      std::clamp<double>(rank - 1, 0, static_cast<double>(sorted.size() - 1)))];
}

double peak_flops(int threads) {
  std::vector<double> flops(static_cast<size_t>(threads));
  std::vector<std::thread> others;
  for (size_t i = 1; i < flops.size(); ++i)
    others.emplace_back([&flops, i] { flops[i] = flops_of_this_thread(); });
  flops[0] = flops_of_this_thread();
  for (auto& other : others) other.join();
  double sum = 0;
  for (const double value : flops) sum += value;
  return sum;
}

size_t peak_memory() {
  return static_cast<size_t>(system::peak_memory_bytes());
}

}  // namespace paucal::edge_cli
