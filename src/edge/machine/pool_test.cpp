#include "edge/machine/pool.h"

#include <gtest/gtest.h>

namespace paucal::edge {
namespace {

TEST(Pool, RunsEveryTaskOnce) {
  for (const int threads : {1, 2, 5}) {
    Pool pool(threads);
    for (int round = 0; round < 2000; ++round) {
      std::vector<std::atomic<int>> hits(static_cast<size_t>(round % 17));
      pool.run(static_cast<int64_t>(hits.size()), [&](int64_t task, int thread) {
        EXPECT_LT(thread, threads);
        ++hits[static_cast<size_t>(task)];
      });
      for (const auto& hit : hits) ASSERT_EQ(hit, 1);
    }
  }
}

TEST(Pool, WakesAfterSleeping) {
  Pool pool(2);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::atomic<int> sum = 0;
    pool.run(100, [&](int64_t task, int) { sum += static_cast<int>(task); });
    EXPECT_EQ(sum, 4950);
  }
}

}  // namespace
}  // namespace paucal::edge
